// Written by hand: no npm, no bundler. A prebuilt JupyterLab extension is a script that
// registers {init, get} under its name; `scope` holds the modules the application shares.
(() => {
  let scope;
  const shared = async name => {
    const versions = scope[name];
    return (await versions[Object.keys(versions)[0]].get())();
  };

  // Only notebooks of the course say {"trd": {"autorun": true}} in their metadata.
  const startsItself = panel => {
    const trd = panel.content.model && panel.content.model.getMetadata('trd');
    return Boolean(trd && trd.autorun);
  };

  const follow = async (NotebookActions, panel) => {
    const session = panel.sessionContext;
    const run = () => NotebookActions.runAll(panel.content, session);
    await Promise.all([panel.context.ready, session.ready, panel.revealed]);
    if (!startsItself(panel)) return;
    let restarting = false;
    session.statusChanged.connect((_, status) => {
      // A restart clears every widget's other half in the kernel, so build them again.
      if (status === 'restarting' || status === 'autorestarting') restarting = true;
      if (status === 'idle' && restarting) {
        restarting = false;
        void run();
      }
    });
    await run();
    // Running moves the selection to the last cell; a reader starts at the top.
    panel.content.activeCellIndex = 0;
    panel.content.node.scrollTop = 0;
  };

  const extension = async () => {
    const { ILabShell } = await shared('@jupyterlab/application');
    const { INotebookTracker, NotebookActions } = await shared('@jupyterlab/notebook');
    const autorun = {
      id: 'trd-course:autorun',
      description: 'Runs the cells of a course notebook when it opens and after a restart.',
      autoStart: true,
      requires: [INotebookTracker],
      activate: (app, tracker) => {
        tracker.widgetAdded.connect((_, panel) => void follow(NotebookActions, panel));
        // The same actions in the words of the course, for the menu.
        const say = (id, label, command) =>
          app.commands.addCommand(id, { label, execute: () => app.commands.execute(command) });
        say('trd-course:start', 'Start lesson', 'notebook:run-all-cells');
        say('trd-course:assignments', 'Assignments', 'nbgrader:open-assignment-list');
      }
    };
    const layout = {
      id: 'trd-course:layout',
      description: 'Gives the lesson the room: nothing on its right, on a small screen nothing beside it.',
      autoStart: true,
      optional: [ILabShell],
      activate: (app, shell) => {
        // Notebook 7 has no such shell, and nothing to fold away.
        if (!shell) return;
        void app.restored.then(() => {
          shell.collapseRight();
          if (window.innerWidth < 800) shell.collapseLeft();
        });
      }
    };
    return () => ({ default: [autorun, layout], __esModule: true });
  };

  (window._JUPYTERLAB = window._JUPYTERLAB || {})['trd-course'] = {
    init: modules => { scope = modules; },
    get: extension
  };
})();
