"""Words for the kernel's fixed values: states, roles, entry kinds. Templates show them with ``word(value)``."""

from __future__ import annotations

from typing import Final

from latticework.shell.language import N_

WORDS: Final[dict[str, str]] = {
    # roles
    "author": N_("author"),
    "releaser": N_("releaser"),
    "administrator": N_("administrator"),
    "auditor": N_("auditor"),
    # links and ledgers of partners
    "direct": N_("direct"),
    "down": N_("down"),
    "none": N_("none held yet"),
    "consistent": N_("consistent"),
    "gap": N_("gap"),
    "refused": N_("proof refused"),
    "equivocation": N_("two histories"),
    # releases
    "queued": N_("queued"),
    "sent": N_("sent"),
    "received": N_("received, receipt signed"),
    "quarantined": N_("quarantined there"),
    "recalled": N_("recalled"),
    "withdrawn": N_("withdrawn there"),
    # provenance of public facts
    "V": N_("verified"),
    "P": N_("press"),
    "invented": N_("invented"),
    "synthetic": N_("synthetic"),
    "verified": N_("verified"),
    "press": N_("press"),
    # onward release
    "never": N_("never"),
    "consent": N_("with the originator's consent"),
    "free": N_("free among the parties"),
    # acts that need two officers
    "trust.add": N_("Trust a new partner"),
    "trust.remove": N_("Remove a partner"),
    "arrangement.propose": N_("Propose an arrangement"),
    "arrangement.sign": N_("Sign an arrangement"),
    "arrangement.withdraw": N_("Withdraw from an arrangement"),
    "trust.rotate": N_("Sign with a new record key"),
    "override.resume": N_("Resume release to a suspended partner"),
    "record.publish": N_("Publish a record that binds the gate"),
    "officer.add": N_("Add an officer"),
    "officer.change": N_("Change an officer"),
    "officer.disable": N_("Disable an officer"),
    "officer.enable": N_("Enable an officer"),
    # ledger entries
    "published": N_("published"),
    "released": N_("released"),
    "stream-granted": N_("stream opened"),
    "stream-period": N_("stream period"),
    "edit-granted": N_("editing opened"),
    "decided": N_("decided"),
    # kinds of records that people meet in lists
    "note": N_("note"),
    "lattice.arrangement": N_("arrangement"),
    "lattice.grant": N_("signature under an arrangement"),
    "lattice.withdrawal": N_("withdrawal from an arrangement"),
    "lattice.consent": N_("consent to onward release"),
    "lattice.recall": N_("recall"),
    "lattice.recall-answer": N_("answer to a recall"),
    "lattice.key": N_("key history"),
    "task.request": N_("request"),
    "task.answer": N_("answer to a request"),
    "task.handover": N_("task handed over"),
    "task.withdrawal": N_("request withdrawn"),
    "task.lapse": N_("silence took effect"),
    "task": N_("of the task"),
    "about": N_("about"),
}
"""English words by the kernel's value; the catalogs hold the other languages."""
