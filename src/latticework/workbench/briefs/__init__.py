"""Briefs: one document model, printed as HTML, PDF and DOCX, with the marking on every sheet."""
