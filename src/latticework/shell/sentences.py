"""The kernel's sentences in the language in use.

The kernel speaks English: reasons of the gate, errors, alarms, summaries. Each sentence that a person may meet stands
here as a template; :func:`say` finds the one that a sentence was made from and fills its translation with the same
values. A sentence that fits no template is shown as it is, marked as English.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from latticework.kernel.policy.rules import RULES
from latticework.shell import language
from latticework.shell.language import N_, _
from latticework.shell.words import WORDS

RULE_WORDS: Final[dict[str, str]] = {
    "R-00": N_("no rule allows it"),
    "R-01": N_("purpose does not fit"),
    "R-02": N_("no trust established"),
    "R-03": N_("suspended"),
    "R-04": N_("label expired"),
    "R-05": N_("not in the audience"),
    "R-06": N_("house-keeping between partners"),
    "R-07": N_("security standing not current or too low"),
    "R-08": N_("forbidden by law"),
    "R-09": N_("approval missing"),
    "R-10": N_("no arrangement"),
    "R-11": N_("direction not agreed"),
    "R-12": N_("topic not agreed"),
    "R-13": N_("arrangement not in force"),
    "R-14": N_("classification does not map"),
    "R-15": N_("caveat does not map"),
    "R-16": N_("above the ceiling"),
    "R-17": N_("discreet: parties' own only"),
    "R-18": N_("no originator named"),
    "R-19": N_("onward release forbidden"),
    "R-20": N_("consent missing"),
    "R-21": N_("party of the arrangement"),
    "R-22": N_("onward release consented"),
    "R-23": N_("onward release free"),
    "R-30": N_("role reads no content"),
    "R-31": N_("member not in the audience"),
    "R-32": N_("nationality not in the audience"),
    "R-33": N_("no clearance that fits"),
    "R-34": N_("clearance too low"),
    "R-35": N_("not read in"),
    "R-36": N_("may read"),
}
"""What a rule is about, in a few words."""

SENTENCES: Final[tuple[str, ...]] = (
    # reasons of the gate
    N_("%(peer)s is not a partner: no trust is established with it."),
    N_("%(peer)s is suspended: its key is compromised or it was proven to equivocate."),
    N_("the label expired at %(time)s and permits no transfer any more."),
    N_("%(taker)s is not in the label's audience."),
    N_("no arrangement between %(giver)s and %(taker)s covers this."),
    N_("the security standing %(record)s of %(taker)s is not current."),
    N_("the security standing %(record)s of %(taker)s assures less than the label's classification."),
    N_("the rule of law %(record)s forbids it."),
    N_("the rule of law %(record)s needs an approval that is not granted now."),
    N_("the arrangement %(name)s"),
    N_("a discreet arrangement"),
    N_("%(arrangement)s does not agree on the direction from %(giver)s to %(taker)s."),
    N_("%(arrangement)s does not cover the topic %(topic)s."),
    N_("%(arrangement)s begins only at %(time)s."),
    N_("%(arrangement)s ended at %(time)s."),
    N_("%(arrangement)s is not in force: %(facts)s."),
    N_("%(parties)s has not signed"),
    N_("the grant of %(parties)s has lapsed"),
    N_("the grant of %(parties)s has not begun"),
    N_("the classification has no equivalent under %(arrangement)s."),
    N_("a restriction of the label has no equivalent under %(arrangement)s."),
    N_("the classification is above the ceiling of %(arrangement)s."),
    N_("%(arrangement)s carries only what its own parties originated."),
    N_("the label names no originator, so nobody could consent to passing the record on."),
    N_("%(arrangement)s never lets %(giver)s pass on what %(members)s originated."),
    N_("passing it on to %(taker)s under %(arrangement)s needs the consent of %(members)s."),
    N_("%(arrangement)s lets %(giver)s give %(topic)s to %(taker)s."),
    N_("%(arrangement)s lets %(giver)s give %(topic)s to %(taker)s, with the consent that it needs."),
    N_("%(arrangement)s lets %(giver)s give %(topic)s to %(taker)s, and onward release is free among its parties."),
    N_("'%(purpose)s' is an act of a person; a member's node is given, relayed, streamed or gives records."),
    N_("'%(purpose)s' is an act of a member's node; a person views, searches, counts, exports or prints."),
    N_("%(topic)s is house-keeping between partners, and %(taker)s is in the label's audience."),
    N_("the officer has no role that reads content."),
    N_("the label has expired, and what it covers is another member's."),
    N_("the member of the officer's nationality is not in the label's audience."),
    N_("the officer has no clearance under a security policy that fits the label."),
    N_("the officer's clearance is too low."),
    N_("the officer is not read into every compartment that this needs."),
    N_("The officer's role, clearance, nationality and compartments fit the label."),
    # titles of the kernel's own records, ledger entries, two-officer acts
    N_("Signature under an arrangement"),
    N_("Withdrawal from an arrangement"),
    N_("Consent to onward release to %(member)s"),
    N_("Recall"),
    N_("Answer to a recall: withdrawn"),
    N_("Answer to a recall: not withdrawn"),
    N_("Released a record to %(to)s: %(title)s"),
    N_("Released a record to %(to)s"),
    N_("Made a record: %(title)s"),
    N_("Made a record"),
    N_("Took back a release to %(to)s: %(title)s"),
    N_("Took back a release to %(to)s"),
    N_("Opened a stream to %(to)s"),
    N_("Carried a stream to %(to)s"),
    N_("Opened joint editing with %(to)s"),
    N_("Ended a grant to %(to)s"),
    N_("Two officers decided"),
    N_("Establish trust with %(member)s (%(title)s)"),
    N_("End trust with %(member)s"),
    N_("Propose %(title)s to %(parties)s"),
    N_("Sign %(title)s"),
    N_("Withdraw from %(title)s"),
    N_("Resume %(member)s"),
    N_("Resume the own ledger"),
    N_("Sign with a new record key"),
    N_("Add the officer %(name)s: %(what)s"),
    N_("Change the officer %(name)s: %(what)s"),
    N_("Disable the officer %(name)s (%(post)s)"),
    N_("Enable the officer %(name)s (%(post)s)"),
    N_("Publish %(kind)s: %(title)s"),
    N_("Publish a record that you may not see"),
    N_("Security standing of %(party)s on %(topic)s: %(state)s"),
    N_("Approval %(state)s"),
    N_("only an own security standing can be suspended."),
    N_("one officer alone suspends a standing or takes back an approval; all else needs two."),
    N_("a validity must end after it begins."),
    N_("a validity lies between the years 1900 and 9999."),
    N_("%(what)s takes %(least)s to %(most)s characters."),
    N_("%(name)s is no name of %(what)s; use dotted lowercase words such as transfer.retransfer."),
    N_("the status is V, P or invented, and V and P come with their source."),
    N_("a question is about two different members."),
    N_("a classification is a hierarchy number from 0 to 255."),
    N_("classifications are a policy's hierarchy numbers from 0 to 255, the lowest first."),
    N_("a lead time is an estimate in days: at least, most likely, at most, in this order."),
    N_("a rule that needs an approval says which; other rules name none."),
    N_("a rule names each kind of approval once."),
    N_("only a granted approval has an end."),
    N_("an assured standing says up to which classification; another one assures none."),
    N_("the approvals %(cycle)s wait for each other; one of the rules must be corrected."),
    N_("a version replaces an own record of the same kind; an approval is never changed."),
    N_("a rule makes an exception to an own rule."),
    N_("an approval is asked for under an own rule."),
    N_("a state is that of an own approval."),
    N_("a version amends or corrects an earlier one, not both."),
    N_("there is no such kind of law; record a rule, a standing or an approval."),
    # measures
    N_("a bound is a number such as 0.75."),
    N_("a bound's lower end lies above its upper end."),
    N_("a bound says at least or at most how much the measure should give."),
    N_("parameters of %(measure)s: %(what)s."),
    N_("no room of this node measures '%(measure)s'; latticework measures lists them."),
    N_("this node has no watch %(number)s; latticework measures lists them."),
    N_("this record is no value of a measure, so there is nothing to recompute."),
    # search
    N_("a search has at most %(most)s characters; shorten it."),
    N_("a search has at most %(most)s words; leave some out."),
    N_("a search needs a word to look for: letters, digits or characters."),
    # attachments
    N_("a file's name has 1 to 200 characters, no slash and no control character."),
    N_("the file is empty; there is nothing to attach."),
    N_("the file is %(kind)s, and its name says %(name)s; name it %(right)s if that is what it is."),
    N_("the file looks like %(kind)s, which is not taken; send a document, a table, a picture or plain text."),
    N_("the file is a script, which is not taken."),
    N_("the file begins as text and goes on as something else; it is not taken."),
    N_("the file holds HTML or a script, which acts when it is opened; send its text alone."),
    N_("the PDF is locked, so it cannot be looked through; send it without a password."),
    N_("the PDF is damaged, so it cannot be looked through; print it anew."),
    N_("the PDF is nested too deeply to be looked through."),
    N_("the PDF holds %(what)s; print it to a new PDF and send that."),
    N_("the file holds %(what)s; save it without them and send it again."),
    N_("the file is an archive, whose content cannot be looked through; send its files one by one."),
    N_("the file is a damaged archive; save it anew and send it again."),
    N_("the file unpacks to far more than it is; it was refused unopened."),
    N_("the file is damaged or locked, so it cannot be looked through."),
    N_("the file loads something from elsewhere when it is opened; save it with all in it."),
    N_("the file declares a document type inside it; it was refused."),
    N_("the file takes too much time or memory to be looked through; split or simplify it."),
    N_("the file has another hash than its record says; it was refused."),
    N_("its list of hashes is not the one that its record names; ask its author to attach it anew."),
    N_("A file was refused: %(why)s"),
    N_("%(name)s was not fetched yet; fetch it first."),
    N_("%(name)s is on its way and not whole yet; it goes on by itself."),
    N_("%(name)s was refused: %(why)s"),
    N_("%(name)s was removed here, because its record was recalled."),
    N_("with this file of %(size)s the files of %(member)s would take more than %(most)s here; raise the bounds of "
       "attachments in node.toml."),
    N_("the disk does not take the file (%(why)s); make room and send it again."),
    # errors that people meet on pages
    N_("the sign-in name or the password is not accepted; after five failures each attempt must wait."),
    N_("too many attempts failed; wait %(seconds)s seconds and try again."),
    N_("the session has ended; sign in again."),
    N_("sign in first."),
    N_("another site made this request; open the page here and try again."),
    N_("the form is not from this session; open the page again and repeat what you did."),
    N_("the API token is not accepted; make a new one."),
    N_("there is no record %(id)s here, or you may not see it."),
    N_("a projector never shows discreet arrangements; change the density first."),
    N_("there is no arrangement %(id)s here."),
    N_("there is no arrangement %(id)s of %(member)s here."),
    N_("there is no trust with %(member)s; add its trust bundle first."),
    N_("%(post)s may not do this; it needs the role %(roles)s."),
    N_("%(post)s may not propose this; it needs the role %(roles)s."),
    N_("%(post)s may not decide this; it needs the role %(roles)s."),
    N_("%(post)s cannot be the second officer here; it needs the role %(roles)s."),
    N_("this act needs two different officers; ask a second one to approve it."),
    N_("the officer who proposed an act cannot approve it; ask another one."),
    N_("the officer who proposed this may no longer do so; propose it anew."),
    N_("no such act waits for a second officer; it may have been decided or have run out."),
    N_("no act %(id)s waits for approval."),
    N_("topics under lattice. are the kernel's own; choose another."),
    N_("a record of %(kind)s changes what may leave the node; propose it to a second officer."),
    N_("a note needs a title of 1 to 200 characters."),
    N_("a note takes at most 20,000 characters; put longer text into an attachment."),
    N_("a recall needs a reason, so that holders can judge what depends on the record."),
    N_("a recall's deadline lies in the future."),
    N_("only its author %(member)s can recall this record."),
    N_("this record is not a recall."),
    N_("%(member)s is not an originator of this record, so its consent means nothing."),
    N_("this is not the cursor of a page; use the one that the page before gave."),
    N_("%(member)s can only propose an arrangement that it is a party of."),
    N_("establish trust with %(members)s first; then propose again."),
    N_("the exchange policy %(name)s is not loaded here."),
    N_("the arrangement's validity has ended; propose a new one."),
    N_("a withdrawal needs a reason; the other parties will read it."),
    N_("an arrangement needs two or more different parties, in alphabetical order."),
    N_("an arrangement must end after it begins."),
    N_("the bundle's root is not the one of the given fingerprint; compare it again with the member."),
    N_("this is not a trust bundle; export one with 'latticework trust export'."),
    N_("the trust bundle is damaged; ask for it again."),
    N_("this is the bundle of %(member)s itself; a member needs no trust in itself."),
    N_("this bundle is for another member than %(member)s; ask for your own."),
    N_("%(member)s is a partner under another root; remove it first if it really began anew."),
    N_("%(word)s is not a record id; use its 64 hexadecimal digits."),
    N_("%(word)s is not a member id; use an ISO 3166 trigraph such as JPN."),
    N_("%(caveat)s cannot stand beside %(level)s."),
    N_("this ledger has no entry %(number)s."),
    N_("alarm %(number)s has no proof file."),
    # officers and passwords
    N_("there is an officer %(name)s already; choose another sign-in name."),
    N_("there is no officer %(name)s."),
    N_("%(name)s was changed meanwhile; look again and propose it anew."),
    N_("nothing of %(name)s would change."),
    N_("%(name)s is disabled already."),
    N_("%(name)s is not disabled."),
    N_("%(name)s has no role; give at least one."),
    N_("an administrator and a second officer who is releaser or administrator must remain; add another one first."),
    N_("this changes more than a second officer can read in one line; propose it in parts."),
    N_("%(word)s is not a sign-in name; use 2 to 63 lowercase letters, digits, '.', '_' or '-'."),
    N_("a post needs 1 to %(length)s printable characters."),
    N_("the password has fewer than %(count)s characters; choose a longer one."),
    N_("the password has more than %(count)s characters; choose a shorter one."),
    N_("the password repeats itself; use at least %(count)s different characters."),
    N_("the password contains the sign-in name; choose another."),
    N_("the new password is the present one; choose another."),
    # briefs
    N_("there is no brief '%(name)s' here, or you may not see it."),
    N_("briefs are made in %(languages)s, not in '%(word)s'."),
    N_("setting this brief needs more than %(time)s s or %(memory)s MiB; split it, or shorten its tables and figures."),
    N_("the Japanese fonts of printed briefs are not installed; run make setup with a network, or take the brief as "
       "HTML or DOCX."),
    N_("the press failed on this brief; the node's log says where. Report this."),
    N_("the press cannot begin; set the node up anew."),
    N_("%(count)s briefs are being made already; try again in a minute."),
    N_("the figure '%(name)s' %(why)s; the brief was not made."),
    N_("has a script in it"),
    N_("has a script or foreign content in it"),
    N_("refers to something outside itself"),
    N_("refers to another picture; draw it with shapes"),
    N_("declares a document type, which a drawing does not need"),
    N_("is not well-formed XML"),
    N_("is not an SVG drawing"),
    N_("uses itself"),
    N_("has no usable width and height, nor a viewBox to take them from"),
    # tasks
    N_("It stays within the own member."),
    N_("there is no task %(id)s here, or you may not see it."),
    N_("this is not the cursor of a page of tasks; use the one that the page before gave."),
    N_("the deadline of a request lies in the future."),
    N_("a request escalates to a post of the asked member or of the own one; ask a third member with a request of its "
       "own."),
    N_("this task is settled already; its trail shows how. Ask anew if it needs another answer."),
    N_("this task is with %(post)s; take it over first."),
    N_("%(member)s is asked; only its posts can answer."),
    N_("%(member)s is asked; only it hands the task over."),
    N_("%(member)s asked this; only it withdraws it."),
    N_("a request has a subject of 1 to 200 characters."),
    N_("a text of a task has at most 20,000 characters; put longer text into an attachment."),
    N_("a post has 1 to 120 printable characters."),
    N_("a task is handed over from one post to another."),
    N_("a withdrawal says why; the other member reads it."),
    N_("a deadline in local time looks like 2026-05-16 09:00."),
    N_("%(time)s does not exist on %(day)s in %(zone)s: clocks are set forward; use %(first)s or %(second)s."),
    N_("%(zone)s is not a time zone; use an IANA name such as Asia/Tokyo."),
    N_("Withheld from %(to)s: %(title)s (%(rule)s)"),
    N_("Answer: done"),
    N_("Answer: consents"),
    N_("Answer: refuses"),
    N_("Answer: other"),
    N_("Task handed over to %(post)s"),
    N_("Request withdrawn"),
    N_("Silence took effect: consent"),
    N_("Silence took effect: refuse"),
    N_("Silence took effect: escalate"),
    # jobs
    N_("there is no job %(id)s here, or you may not see it."),
    N_("there is no kind of job %(name)s here; latticework jobs kinds lists them."),
    N_("there is no kind of job %(name)s here any more; its room is not loaded."),
    N_("%(word)s is no job id; use its 20 hexadecimal digits."),
    N_("the inputs do not fit the job %(name)s: %(why)s."),
    N_("the job would bear a marking above what you may see; ask somebody who may see it."),
    N_("the limit %(name)s is at most %(value)s for this kind of job."),
    N_("%(count)s jobs wait already; try again when some are done."),
    N_("what jobs left takes %(kept)s MiB of %(quota)s MiB; remove jobs that nobody needs."),
    N_("the job %(id)s is over; there is nothing to stop."),
    N_("the job %(id)s is not over; stop it first."),
    N_("the job %(id)s has no result yet, and none that is the best so far."),
    N_("the job %(id)s left no such file."),
    N_("the node stopped while the job ran. Start it again if it is still needed."),
    N_("the node stopped while the job ran; the best so far is kept. Start it again if it is still needed."),
    N_("no record was made of the result: who started the job may not act any more."),
    N_("the job stopped on an error of its own: %(error)s; its log says more."),
    N_("the job's process ended by %(signal)s; its log may say more."),
    N_("the job's process ended with code %(code)s and left no result."),
    N_("the job took more than its %(cap)s MiB of memory and was stopped; give it more, or a smaller task."),
    N_("the job asked for more memory than it may have; give it more, or a smaller task."),
    N_("the job was not done in its %(seconds)s s and was stopped."),
    N_("the job gave no sign of life for %(seconds)s s and used no processor time; it was stopped."),
    N_("the job wrote more than its %(cap)s MiB of files and was stopped."),
    N_("the job could not write its files: the disk or the job's part of it is full."),
    N_("the disk is full, so the job was not begun; make room."),
    N_("the job's process said something that is no message of a job; it was stopped."),
    N_("what the job left as its result is not what its kind says; it was refused."),
    N_("what the job left as its result is no plain file; it was refused."),
    N_("the result has %(size)s MiB and the limit is %(limit)s MiB; it was refused unread."),
    N_("the result has %(size)s MiB and the limit is %(limit)s MiB; put what is large into a file."),
    # alarms
    N_("%(log)s does not connect its newest checkpoint to the one held here. This proves nothing against "
       "it; ask its people whether a backup was restored."),
    N_("the newest checkpoint of %(log)s does not extend the one held here. This proves nothing against it; "
       "ask its people whether a backup was restored."),
    N_("%(peer)s cannot show that its ledger extends a checkpoint that others hold. This proves nothing against "
       "it; compare checkpoints with them."),
    N_("%(log)s signed two different histories of its ledger. The proof is kept; anyone can verify it offline."),
    N_("The ledger of %(members)s does not hold; see the alarms."),
    N_("The node's part '%(part)s' stopped; restart the node."),
)
"""Templates of what the kernel says; ``%(name)s`` stands for any words."""

FACTS: Final[dict[str, str]] = {
    "post": N_("post %(value)s"),
    "roles": N_("roles %(value)s"),
    "clearance": N_("clearance %(value)s"),
    "nationality": N_("nationality %(value)s"),
    "compartments": N_("compartments %(value)s"),
}
"""What a line about an officer says, by its first word."""

KEPT: Final = " " + N_("The best so far is kept.")
"""What the kernel may add to the sentence of a job that failed."""
_PLACE: Final = re.compile(r"%\((\w+)\)s")


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    found = [(_pattern(template), template) for template in SENTENCES if _PLACE.search(template)]
    # The longest fixed words first, so that «Made a record: …» is not taken for something shorter.
    return tuple(sorted(found, key=lambda pair: -len(_PLACE.sub("", pair[1]))))


def _pattern(template: str) -> re.Pattern[str]:
    parts = _PLACE.split(template)
    words = "".join(f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    return re.compile(words, re.IGNORECASE)


@lru_cache(maxsize=1)
def _fixed() -> dict[str, str]:
    plain = [t for t in SENTENCES if not _PLACE.search(t)]
    rules = [text for rule in RULES for text in (rule.sentence, rule.change)]
    return {_key(t): t for t in (*plain, *rules)}


def _key(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def say(sentence: str) -> str:
    """Return a sentence of the kernel in the language in use, its first letter large in English."""
    if language.language() == "en":
        return sentence[:1].upper() + sentence[1:] if sentence.endswith(".") else sentence
    first, kept, _rest = sentence.partition(KEPT)
    if kept:
        return f"{say(first)}{'' if language.language() == 'ja' else ' '}{_(KEPT.strip())}"
    known = _fixed().get(_key(sentence))
    if known is not None:
        return _(known)
    for pattern, template in _patterns():
        match = pattern.fullmatch(sentence)
        if match:
            return _(template, **{name: _value(name, text) for name, text in match.groupdict().items()})
    return sentence


def _value(name: str, text: str) -> str:
    """Return a value of a sentence; some are words of the kernel themselves."""
    if name in {"title", "arrangement", "why"}:
        return say(text)
    if name == "state":
        return _(text)
    if name == "facts":
        return _("; ").join(say(part) for part in text.split("; "))
    if name == "what":
        return _("; ").join(_fact(part) for part in text.split("; "))
    return text


def _fact(part: str) -> str:
    kind, _space, rest = part.partition(" ")
    if kind not in FACTS:
        return part
    now, changed, before = rest.rpartition(", before ")
    value = _(FACTS[kind], value=_roles(kind, now if changed else before))
    return _("%(fact)s, before %(value)s", fact=value, value=_roles(kind, before)) if changed else value


def _roles(kind: str, value: str) -> str:
    return ", ".join(_(WORDS[r]) if r in WORDS else r for r in value.split(", ")) if kind == "roles" else value


def rule_words(rule: str) -> str:
    """Return what a rule is about, in a few words of the language in use."""
    return _(RULE_WORDS[rule]) if rule in RULE_WORDS else ""
