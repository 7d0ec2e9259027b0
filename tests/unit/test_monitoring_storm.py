"""Lesson 4: whatever anybody does at the chair, the body stays inside its bounds."""

from __future__ import annotations

import json
import random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from trd.monitoring import ACTIONS, LIMITS, MAX_POINTS, Session, play, replay, scenarios
from trd.monitoring.body import OXYGEN, POSITIONS
from trd.monitoring.pump import STATES

# 10 examples x 16 steps, a third of them storms of 800 tries; then more, up to 10,000 done.
EXAMPLES, STEPS, STORM = 10, 16, 800
ENDS = {"finish", "send_home", "sign_out", "transfer"}


def chosen(action, pick):
    return {each.name: each.keys[pick(len(each.keys))] for each in action.details}


class Chair(RuleBasedStateMachine):
    """Anybody doing anything."""

    tried = done = 0

    @initialize(key=st.sampled_from(scenarios()), seed=st.integers(0, 10**6))
    def sit_down(self, key, seed):
        self.session = Session(key, seed)

    def attempt(self, action, detail):
        session = self.session
        Chair.tried += 1
        before = (session.now_s, len(session.log))
        reason = session.why_not(action.key, **detail)
        if reason:
            assert reason.endswith(".")
            assert (session.now_s, len(session.log)) == before
            return
        session.act(action.key, **detail)
        Chair.done += 1
        assert len(session.log) == before[1] + 1

    @rule(action=st.sampled_from(ACTIONS), data=st.data())
    def act(self, action, data):
        detail = chosen(action, lambda n: data.draw(st.integers(0, n - 1)))
        self.attempt(action, detail)

    @rule(seed=st.integers(0, 10**9))
    def storm(self, seed):
        dice = random.Random(seed)
        for _ in range(STORM):
            if self.session.over:
                self.sit_down(dice.choice(scenarios()), dice.randrange(10**6))
            if not self.session.in_room:
                self.session.act("return")
            action = dice.choice(ACTIONS)
            if action.key in ENDS and dice.random() < 0.98:
                continue
            # Long looks would use up the run; the storm is of hands.
            if action.takes_s > 6 and dice.random() < 0.9:
                continue
            self.attempt(action, chosen(action, dice.randrange))
            if dice.random() < 0.2:
                self.inside()

    @rule(seconds=st.integers(0, 240))
    def wait(self, seconds):
        before = self.session.now_s
        self.session.advance(seconds)
        assert self.session.over or self.session.now_s == before + seconds

    @invariant()
    def inside(self):
        session = getattr(self, "session", None)
        if session is None:
            return
        body, pump = session.body, session.pump
        for name, (low, high) in LIMITS.items():
            assert low <= getattr(body, name) <= high, (name, getattr(body, name))
        assert body.dbp <= body.sbp - 10
        assert body.position in POSITIONS
        assert body.oxygen in OXYGEN
        assert pump.state in STATES
        assert 0 <= pump.given <= pump.bag_doses + 0.02
        assert 0 <= body.drive.level < 8
        assert 0 <= session.now_s <= session.limit_s
        seen = session.observe()
        assert seen.spo2 is None or 39 <= seen.spo2 <= 100
        assert seen.hr is None or 10 <= seen.hr <= 200
        assert seen.etco2 is None or 0 <= seen.etco2 <= 90
        assert seen.reading is None or seen.reading.dbp < seen.reading.sbp

    def teardown(self):
        session = getattr(self, "session", None)
        if session is None:
            return
        if not session.over:
            session.act("finish")
        log = json.loads(json.dumps(session.log))
        again = play(session.scenario.key, session.seed, log)
        assert again.observe() == session.observe()
        assert again.happenings == session.happenings
        debrief = replay(session.scenario.key, session.seed, log)
        assert 0 <= debrief.points <= debrief.max_points == MAX_POINTS
        assert debrief.harm.total >= 0
        assert bool(debrief.critical_errors) <= (debrief.points == 0)


Chair.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


class TestChair(Chair.TestCase):
    """Run the machine, then go on until enough was done."""

    def runTest(self):
        Chair.tried = Chair.done = 0
        super().runTest()
        more = Chair()
        more.sit_down("practice", 1)
        for seed in range(100):
            if Chair.done < 10_000:
                more.storm(seed)
                more.inside()
        assert Chair.done >= 10_000
