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

  // An answer in words is a Markdown cell. Rendered, it would have to be double-clicked first;
  // left open, it is a box to write in.
  const openFreeText = panel => {
    for (const cell of panel.content.widgets) {
      const grader = cell.model.type === 'markdown' && cell.model.getMetadata('nbgrader');
      if (grader && grader.solution && !grader.locked) {
        cell.rendered = false;
        // Once for each box: the page may be started again.
        if (cell.hasClass('trd-free-text')) continue;
        cell.addClass('trd-free-text');
        saveAsWritten(panel, cell);
        writeOverPlaceholder(cell);
      }
    }
  };

  // What is handed in is what is on the disk, and Lab's own autosave can be many words behind.
  const saveAsWritten = (panel, cell) => {
    let waiting;
    cell.model.contentChanged.connect(() => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        // Not asked: whether Lab thinks there is something to save. Words that came while it was
        // saving count as saved then, and are not.
        if (!panel.isDisposed) void panel.context.save();
      }, 700);
    });
  };

  // Whoever clicks into the box means to write, not to edit the words that stand for an answer.
  const writeOverPlaceholder = cell => {
    const select = () => {
      const source = cell.model.sharedModel.getSource();
      if (cell.editor && /^\s*YOUR ANSWER HERE\s*$/.test(source)) {
        cell.editor.setSelection({
          start: { line: 0, column: 0 },
          end: cell.editor.getPositionAt(source.length)
        });
      }
    };
    // By mouse at once, before a key can come; by keyboard once the editor has its cursor.
    cell.node.addEventListener('click', select);
    cell.node.addEventListener('focusin', () => setTimeout(select, 0));
  };

  // Run every cell and leave the reader where they are. The usual command, runAll, selects the
  // last cell and scrolls there; this one only runs.
  const runAll = async (NotebookActions, panel) => {
    const notebook = panel.content;
    const page = notebook.outerNode || notebook.node;
    const place = page.scrollTop;
    const done = NotebookActions.runCells(notebook, notebook.widgets, panel.sessionContext);
    // It may bring the selected cell into view, at once; the reader may be elsewhere.
    requestAnimationFrame(() => { page.scrollTop = place; });
    await done;
    openFreeText(panel);
  };

  const follow = async (NotebookActions, panel) => {
    const session = panel.sessionContext;
    const run = () => runAll(NotebookActions, panel);
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
  };

  // Lab opens the page named in the address late, after the one it had open the last time, and
  // brings it in front. Whoever has pressed something meanwhile is left where they are: the page
  // opens behind.
  const CONTROLS = 'a, button, input, select, textarea, summary, jp-button, .cm-content, '
    + '.lm-MenuBar-item, .lm-Menu-item';
  const PASSING = ['Tab', 'Shift', 'Control', 'Alt', 'Meta'];
  const leaveReaderInFront = (app, shell) => {
    const acts = ['pointerdown', 'keydown'];
    let acted = false;  // the reader has pressed something that does something
    let wanted;         // the page the reader has asked for since
    let late;           // the page of the address, while Lab is opening it
    let itsTurn = false;
    let front = shell.currentWidget;
    const act = ({ target, key }) => {
      if (target.closest(CONTROLS) && !PASSING.includes(key)) acted = true;
    };
    const changed = (_, { newValue }) => {
      const isLate = late && newValue && newValue.context && newValue.context.path === late;
      if (isLate && acted && wanted !== late && front && !front.isDisposed && front !== newValue) {
        shell.activateById(front.id);
      } else if (newValue) {
        front = newValue;
      }
    };
    const stop = () => {
      for (const name of acts) document.removeEventListener(name, act, true);
      shell.currentChanged.disconnect(changed);
      app.commands.commandExecuted.disconnect(executed);
    };
    // What Lab's router calls: open-path, in it go-to-path, and then the opening itself.
    const executed = (_, { id, args, result }) => {
      if (id === 'filebrowser:open-path' && args.dontShowBrowser) {
        late = args.path;
        result.then(stop, stop);
      } else if (late && id === 'filebrowser:go-to-path' && args.path === late) {
        result.then(() => { itsTurn = true; });
      } else if (id === 'docmanager:open' && acted && !(itsTurn && args.path === late)) {
        wanted = args.path;
      }
    };
    for (const name of acts) document.addEventListener(name, act, true);
    shell.currentChanged.connect(changed);
    app.commands.commandExecuted.connect(executed);
  };

  // Lab asks for its launcher when nothing is open. A trainee has none and would see an empty page:
  // after *Assignments*, for instance, which is no file that an address could name.
  const FIRST = 'course/00_start_here.ipynb';
  const inAssignments = 'trd-course:in-assignments';
  const neverEmpty = (app, shell) => {
    app.commands.addCommand('launcher:create', {
      label: 'Start page',
      execute: () => (sessionStorage.getItem(inAssignments)
        ? app.commands.execute('trd-course:assignments')
        : app.commands.execute('docmanager:open', { path: FIRST }))
    });
    shell.currentChanged.connect((_, { newValue }) => {
      if (!newValue) return;
      if (newValue.context) sessionStorage.removeItem(inAssignments);
      else if (newValue.title.label === 'Assignments') sessionStorage.setItem(inAssignments, 'yes');
    });
  };

  const extension = async () => {
    const { ILabShell } = await shared('@jupyterlab/application');
    const { PageConfig, URLExt } = await shared('@jupyterlab/coreutils');
    const { INotebookTracker, NotebookActions } = await shared('@jupyterlab/notebook');
    const autorun = {
      id: 'trd-course:autorun',
      description: 'Runs the cells of a course notebook when it opens and after a restart.',
      autoStart: true,
      requires: [INotebookTracker],
      optional: [ILabShell],
      activate: (app, tracker, shell) => {
        tracker.widgetAdded.connect((_, panel) => void follow(NotebookActions, panel));
        if (shell) leaveReaderInFront(app, shell);
        if (shell && PageConfig.Extension.isDisabled('@jupyterlab/launcher-extension:plugin')) {
          neverEmpty(app, shell);
        }
        app.commands.addCommand('trd-course:start', {
          label: 'Start lesson',
          caption: 'Start this page, or start it again',
          execute: () => tracker.currentWidget && runAll(NotebookActions, tracker.currentWidget)
        });
        app.commands.addCommand('trd-course:page', {
          label: args => args.label || 'Page',
          execute: args => app.commands.execute('docmanager:open', { path: args.path })
        });
        app.commands.addCommand('trd-course:restart', {
          label: 'Restart this page if it does not answer',
          isEnabled: () => Boolean(tracker.currentWidget),
          // Running again is seen to by follow(), as after any restart.
          execute: () => tracker.currentWidget.sessionContext.session?.kernel?.restart()
        });
        app.commands.addCommand('trd-course:assignments', {
          label: 'Assignments',
          // Pressed before the page has settled, it would open behind the lesson.
          execute: async () => {
            await app.restored;
            await app.commands.execute('nbgrader:open-assignment-list');
          }
        });
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
          // The title is a box to rename the page in; a renamed page cannot be marked.
          const title = document.querySelector('#jp-title-panel-title input');
          if (title) { title.readOnly = true; title.tabIndex = -1; }
          shell.collapseRight();
          const makeRoom = () => { if (window.innerWidth < 800) shell.collapseLeft(); };
          makeRoom();
          window.addEventListener('resize', makeRoom);
        });
      }
    };
    // On a hub no page may stand in a frame, so that nobody can lay another page over it.
    const formgrader = {
      id: 'trd-course:formgrader',
      description: 'Opens formgrader in a tab of its own, where nbgrader would frame it.',
      autoStart: true,
      activate: app => {
        const address = URLExt.join(PageConfig.getBaseUrl(), 'formgrader');
        // nbgrader's own name for it: its menu and its list of courses ask for this command.
        app.commands.addCommand('nbgrader:open-formgrader', {
          label: 'Formgrader (in a new tab)',
          execute: () => window.open(address, '_blank', 'noopener')
        });
        // Where the list of courses leads: a tab that was opened for nothing else.
        if (/[?&]formgrader=true/.test(window.location.search)) window.location.replace(address);
      }
    };
    return () => ({ default: [autorun, layout, formgrader], __esModule: true });
  };

  (window._JUPYTERLAB = window._JUPYTERLAB || {})['trd-course'] = {
    init: modules => { scope = modules; },
    get: extension
  };
})();
