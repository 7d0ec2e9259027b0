"""Print what the gradebook holds of one assignment, as JSON; run as the class's own account."""

from __future__ import annotations

import json
import sys

from nbgrader.api import SubmittedAssignment

from trd.grading.course import Course

with Course.load().gradebook() as gradebook:
    rows = []
    for entry in gradebook.db.query(SubmittedAssignment).all():
        if entry.assignment.name != sys.argv[1]:
            continue
        rows.append(
            {
                "student": entry.student_id,
                "timestamp": str(entry.timestamp),
                "notebooks": [
                    {
                        "name": notebook.name,
                        "grades": [[each.name, each.auto_score] for each in notebook.grades],
                    }
                    for notebook in entry.notebooks
                ],
            }
        )
    print(json.dumps({"students": [each.id for each in gradebook.students], "rows": rows}))
