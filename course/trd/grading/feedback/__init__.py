"""What people read: a trainee's feedback and the marker's page; nothing in them runs."""

from trd.grading.feedback.pages import FeedbackExporter, FeedbackWriter, page, write_feedback

__all__ = ["FeedbackExporter", "FeedbackWriter", "page", "write_feedback"]
