"""Search over records and the texts of attachments, through the gate: what may not be seen changes nothing."""
