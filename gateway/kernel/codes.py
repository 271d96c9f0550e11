"""Every code an issue may carry, with what it means and what to do: one table for answers, screens and the documentation.

DSO: orders (sdf 2.5). 3xxx: vendor messages and shipments (3.5). INV: invoices (4.6; 15 and above are ours). DSC: changes (4.2).
DSV: vendors (8.1). ANS: answers to orders and changes (3.9). MAN: orders made by hand (10.7).
MAP: what a mapping finds where the business has no code of its own (mapping-language.md 9).
GWY: what the gateway itself cannot do.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct


class Meaning(Struct, frozen=True):
    """What a code says, and how it is mended."""

    meaning: str
    remedy: str


SUCCESS = "0"
SUCCESS_TEXT = "SUCCESS"

_ORDERS = {
    "DSO-001": Meaning(
        "the file is not well-formed, has an unknown root or an unreadable encoding",
        "send the file again, whole; one of another kind by the channel that takes it",
    ),
    "DSO-002": Meaning("the destination is missing or is not this account", "put the account's name into the message header"),
    "DSO-003": Meaning("the version is too low, or missing where it is mandatory", "send a version this account accepts"),
    "DSO-004": Meaning("the sender is not allowed for this source system", "send by the connector of that system, or correct the source"),
    "DSO-005": Meaning("the control totals of the trailer do not match", "send the file again, whole; nothing of it was stored"),
    "DSO-006": Meaning("the file has been processed already", "nothing to do; for new content send a new file"),
    "DSO-101": Meaning("a required field of the header is missing", "fill the field"),
    "DSO-102": Meaning("a value is too long, not a number, not a date or out of range", "correct the value"),
    "DSO-103": Meaning("the brand is unknown", "have the brand set up, or correct its code"),
    "DSO-104": Meaning("the location or system is unknown", "have it set up, or correct its code"),
    "DSO-105": Meaning("the vendor is inactive", "have the vendor activated, or choose another"),
    "DSO-106": Meaning(
        "sold-to or ship-to is incomplete", "give first and last name or a company, address line 1, city, postal code and country"
    ),
    "DSO-110": Meaning("the same order came before, with identical content", "nothing to do"),
    "DSO-111": Meaning("the order number is taken by an order with different content", "send a cancel, address or cost change instead"),
    "DSO-120": Meaning("a line number is zero or stands twice", "number the lines from 1, each number once"),
    "DSO-121": Meaning("the quantity is not a whole number of at least 1", "correct the quantity"),
    "DSO-122": Meaning("the item of a line is missing", "give the retailer's item number"),
    "DSO-123": Meaning("the carrier of a line is missing", "give a carrier for the line or the order"),
    "DSO-130": Meaning("the order has no lines", "give the order its lines"),
}

_VENDORS = {
    "3000": Meaning("the destination is missing or is not this account", "put the account's name into the message header"),
    "3001": Meaning("the version is missing or below 4.5", "send version 4.5 or higher"),
    "3002": Meaning("the vendor code is missing", "give your vendor code"),
    "3003": Meaning("the vendor system code is missing", "give the code of the default vendor system"),
    "3004": Meaning("the vendor system code is not a known system", "give the code of the default vendor system"),
    "3005": Meaning(
        "the vendor does not exist in that system, or is not yours to speak for",
        "give your own vendor code, and the default vendor system instead of the originating system",
    ),
    "3007": Meaning("the kind of criterion is not valid", "ask for all, item, order or batch"),
    "3008": Meaning(
        "what is asked for is missing, or not valid",
        "a vendor names an order, item or batch of its own; a system the number of the last change that it has (0: all of them)",
    ),
    "3009": Meaning("nothing new and unsent matches", "nothing to do; ask again later"),
    "3020": Meaning("the batch does not belong to the vendor", "give the number of a batch that was sent to you"),
    "3021": Meaning("the batch or line is already acknowledged, or needs no acknowledgement", "nothing to do"),
    "3031": Meaning("the purchase order is not one of this vendor", "check the order number"),
    "3032": Meaning("the carrier is not assigned to the vendor", "use one of your carriers, or have this one assigned"),
    "3033": Meaning("the tracking number is missing although the carrier requires it", "give the tracking number"),
    "3034": Meaning("the weight is 0 although the carrier requires it", "give the weight"),
    "3035": Meaning("the freight rate is 0 although the carrier requires it", "give the freight rate"),
    "3036": Meaning(
        "a mandatory value is missing, or the ship date lies too far ahead", "give the value, or send when the goods have left"
    ),
    "3037": Meaning("the ship date is before the date of the order", "correct the ship date"),
    "3038": Meaning("the carrier is missing", "give the carrier"),
    "3042": Meaning("the line number is zero or not on that order", "give the line number of the order"),
    "3043": Meaning(
        "the quantity is zero, negative or no number, or stands where none may",
        "give a whole number: of a shipment what has left, of an action what it is about; leave it empty where the words say so",
    ),
    "3044": Meaning(
        "the shipped quantity is above what is neither shipped nor cancelled", "check what has been shipped before, and what was cancelled"
    ),
    "3046": Meaning("several rows of one file together exceed the line", "check the rows of that line in the file"),
    "3050": Meaning("the line or document cannot be shipped this way", "release or print the line first, or confirm it by upload"),
    "SHP-01": Meaning("the shipment came before, with identical content", "nothing to do"),
    "SHP-02": Meaning(
        "the tracking number was told before for this line, with other content", "give the right tracking number, or call the retailer"
    ),
    "SHP-03": Meaning(
        "the shipped item is not the one that was ordered on this line; the shipment is booked all the same",
        "ask the vendor what was packed: another line was meant, or another item has left",
    ),
    "SHP-04": Meaning(
        "there are more or fewer serial numbers than pieces; the shipment is booked all the same",
        "ask the vendor for the serial number of each piece",
    ),
    "SHP-05": Meaning(
        "the number of a package is no SSCC, for its check digit is wrong; the shipment is booked all the same",
        "ask the vendor how its labels are numbered: a digit may have been mistyped, or a number been made up",
    ),
}

_INVOICES = {
    "INV-01": Meaning("the discount days are not a number from 0 to 999", "correct the discount days"),
    "INV-02": Meaning("the gross days are not a number from 0 to 999", "correct the gross due days"),
    "INV-03": Meaning("the discount percent is not between 0.00 and 100.00", "correct the discount percent"),
    "INV-04": Meaning("the freight charges are blank, or below 0", "give the freight charges, 0 if there are none"),
    "INV-05": Meaning("the handling charges are blank, or below 0", "give the handling charges, 0 if there are none"),
    "INV-06": Meaning("the other charges are blank, or below 0", "give the other charges, 0 if there are none"),
    "INV-07": Meaning("the invoice date is missing, invalid or lies ahead", "correct the invoice date"),
    "INV-08": Meaning("the invoice number is missing, already used or too long", "give a new number within the retailer's limit"),
    "INV-09": Meaning("the invoice type is not DR", "send debit invoices only; a credit cannot be uploaded"),
    "INV-10": Meaning(
        "a unit cost is blank or not a number; nothing of the file is taken",
        "correct the unit cost, and what else the answer tells, and send the whole file again",
    ),
    "INV-11": Meaning("the row has a wrong number of columns", "fill every column; the last of HEADER is the gross due days"),
    "INV-12": Meaning("the order, line or shipment is unknown for this vendor", "check order, line and shipment"),
    "INV-13": Meaning("the line is not shipped, or the shipment is invoiced already", "invoice what has been shipped, once"),
    "INV-14": Meaning("a detail has no header, or a header no detail", "send every invoice with header and details"),
    "INV-15": Meaning("the vendor does not use invoicing", "have invoicing switched on for the vendor"),
    "INV-16": Meaning("the invoice spans two originating systems or currencies", "send an invoice for each"),
    "INV-17": Meaning("a description is longer than 80 characters", "shorten the description"),
    "INV-20": Meaning("the invoice's state does not allow this", "look at the invoice's history"),
    "INV-21": Meaning("the reason is missing", "give a reason"),
}

_CHANGES = {
    "DSC-201": Meaning("the purchase order is unknown, or not told", "check the order number"),
    "DSC-202": Meaning("the line is unknown", "check the line number"),
    "DSC-203": Meaning("the line is shipped or cancelled", "nothing can be changed any more"),
    "DSC-204": Meaning("the quantity is above what is open, or less than 1", "ask for at most the open quantity"),
    "DSC-205": Meaning("the address is incomplete", "give the whole address"),
    "DSC-206": Meaning("the cost is negative or not a number", "correct the cost"),
    "DSC-207": Meaning("the request id was used before", "the first answer stands; give a new id for a new request"),
    "DSC-208": Meaning("the request id is one that only this gateway gives", "send an id of your own, or none"),
    "DSC-209": Meaning("the vendor declines what was asked", "nothing is changed; talk to the vendor before you ask again, under a new id"),
    "DSC-210": Meaning("a newer request took the place of this one", "nothing: what becomes of the newer one is told by itself"),
}

_MASTER = {
    "DSV-101": Meaning("the code or the name of the vendor is missing", "give both"),
    "DSV-102": Meaning("a value is too long, or is not what it should be", "correct the value and send the vendor again"),
    "DSV-103": Meaning("vendors are told by the retailer's systems alone", "send it by the connector of the system"),
    "DSV-104": Meaning("shipping systems are in use, and the vendor has no whole address as origin", "tell the address of the vendor too"),
    "DSV-110": Meaning("the vendor is like that already", "nothing to do"),
    "DSV-111": Meaning("a value is fixed in the configuration of the gateway and stays", "nothing to do, or have it changed there"),
}

_ACTIONS = {
    "STK-01": Meaning("the item is missing", "name the item, the retailer's number or your own"),
    "STK-02": Meaning("the quantity is missing or no whole number from 0 up", "give how many can be shipped now"),
    "STK-03": Meaning("a newer word about the item is known", "nothing to do"),
    "STK-04": Meaning("the time is invalid, or more than a day ahead", "give the date and time the quantities are of"),
    "ACT-301": Meaning("the action is unknown", "use one of the actions of the agreed list"),
    "ACT-302": Meaning("the reason is missing", "say why, in the row or field of the reason; at the command line with --reason TEXT"),
    "ACT-303": Meaning("the line's, batch's or invoice's status does not allow the action", "look at its history, then choose what fits"),
    "ACT-304": Meaning("the date is missing or invalid", "give the new date"),
    "ACT-305": Meaning("nothing waits for this answer", "nothing to do, or name the request that is meant"),
    "ACT-306": Meaning("the action is not this partner's to do", "leave it to the other side"),
    "ACT-307": Meaning("the new print quantity is not possible", "print at most what is on the slip, or 0 to take the line off"),
    "ACT-308": Meaning("a request of the retailer waits for an answer", "answer it, then make the slip again"),
    "ACT-309": Meaning(
        "there is no such invoice, or several vendors have the number", "check the number; name the vendor where several have it"
    ),
    "ACT-310": Meaning("the invoice is so already, by whomever", "nothing to do"),
}

_ANSWERS = {
    "ANS-01": Meaning("the answer says nothing of the order and of no line", "give the status of the order, or answer its lines"),
    "ANS-02": Meaning("no line fits, or several do", "give the line number of the order"),
    "ANS-03": Meaning("the quantities do not fit the line", "answer at most what was ordered; leave one quantity out at most"),
    "ANS-04": Meaning("the line was cancelled before the answer came", "do not ship it"),
    "ANS-05": Meaning("a line, or a part of it, is not answered; it stays open", "answer it, or ship it"),
    "ANS-06": Meaning("the unit cost differs from the order's, which stays", "talk to the retailer, who alone changes costs"),
    "ANS-07": Meaning("a request of the retailer is neither accepted nor rejected", "accept or reject the request as a whole"),
}

_BY_HAND = {
    "MAN-01": Meaning("the order number is taken", "choose another, with --number OTHER"),
    "MAN-02": Meaning("the form has no such field", "use the fields of the form; gateway order draft show --json has them"),
    "MAN-03": Meaning("a value does not fit its field", "write it as the issue says"),
    "MAN-04": Meaning("the stage of the order does not allow this", "see where it stands: gateway order draft show NUMBER"),
    "MAN-05": Meaning("somebody else has saved the order meanwhile", "look at it again, then save what is still to be changed"),
    "MAN-06": Meaning("a serial number stands on more than one piece", "use a line, or a receipt, for each piece"),
    "MAN-07": Meaning("a serial number stands twice for one item", "correct the serial number"),
    "MAN-08": Meaning("something is missing that approval needs", "fill the field: gateway order draft save NUMBER --from FILE"),
    "MAN-09": Meaning("a code is unknown or inactive", "choose one of organization.yaml, or have it set up there"),
    "MAN-10": Meaning("the reason is missing", "say why; at the command line with --reason TEXT"),
    "MAN-11": Meaning("the vendor has no workflow", "give it one (`workflow` of the vendor in organization.yaml), or approve the order"),
    "MAN-12": Meaning("a receipt of goods cannot be", "check line, quantity, day and number of the receipt"),
    "MAN-13": Meaning(
        "the goods received differ from what was ordered; the receipt is noted", "talk to the vendor, or withdraw the receipt"
    ),
    "MAN-14": Meaning("the piece came in before, or the receipt is withdrawn already", "nothing to do, or check the serial number"),
    "MAN-15": Meaning("the workflow stopped at a step", "mend what the words say, then: gateway order draft run NUMBER"),
    "MAN-16": Meaning("the day to cancel after has passed", "nothing if it is meant, else give a later day"),
}

_MAPPINGS = {
    "MAP-01": Meaning("the file cannot be read (unreadable)", "check format and encoding, and send the file again"),
    "MAP-02": Meaning("no layout of the channel fits the file (unknown_document)", "send a file of the agreed layout"),
    "MAP-10": Meaning("a value is missing (missing)", "fill the value"),
    "MAP-11": Meaning("a value is too long (too_long)", "shorten the value"),
    "MAP-12": Meaning("a value is too short (too_short)", "complete the value"),
    "MAP-13": Meaning("a value holds a character that is not allowed (bad_character)", "remove the character"),
    "MAP-14": Meaning("a value, or the file around it, has not the agreed form (bad_form)", "write it in the form that the words name"),
    "MAP-15": Meaning(
        "a value is not a number (not_number)",
        "write a number in the form that the words name; where places are implied, digits without a point",
    ),
    "MAP-16": Meaning("a value is not a date (not_date)", "write the date in the agreed form"),
    "MAP-17": Meaning("a value is not in the code table (not_in_table)", "use a known code, or have the table extended"),
    "MAP-18": Meaning("a fixed value is different (not_const)", "send the agreed value"),
    "MAP-19": Meaning("a computed value differs (differs)", "check the amounts"),
    "MAP-20": Meaning("rows of one document do not stand together (apart)", "keep the rows of a document together"),
    "MAP-21": Meaning(
        "a control count differs (count_differs)", "hold the count against what is there: correct it, or send again what is missing"
    ),
    "MAP-22": Meaning(
        "a control total differs (total_differs)", "hold the total against what is there: correct it, or send again what is missing"
    ),
    "MAP-30": Meaning("a value stands more than once; the first counts (repeated)", "send the value once"),
    "MAP-31": Meaning("a value was not read (unread)", "nothing to do, or have the layout extended"),
    "MAP-32": Meaning("a value was cut when written (cut)", "shorten the value, or agree on a longer field"),
    "MAP-33": Meaning("more entries than the layout can hold (too_many)", "agree on a layout with room for them"),
    "MAP-34": Meaning("the file holds no document (empty)", "send a file with content"),
    "MAP-35": Meaning(
        "a value has no place in the layout it is written by (unwritten)", "tell the partner otherwise, or extend the layout"
    ),
    "MAP-40": Meaning("a rule could not be worked out (expression)", "tell the operator of the gateway"),
}

_INTERCHANGES = {
    "EDI-01": Meaning(
        "a control number is missing, wrong, or stands twice",
        "give every interchange, group and set a number of its own, the same in front and behind",
    ),
    "EDI-02": Meaning(
        "the envelope is damaged: a header or trailer is missing, or counts otherwise", "make the interchange again and send it whole"
    ),
    "EDI-03": Meaning(
        "a segment or loop is unknown, missing, too often there, or out of its place", "hold the set against the guide: gateway edi guide"
    ),
    "EDI-04": Meaning("an element is not as the guide has it", "mend the element; the guide says its kind, length and codes"),
    "EDI-05": Meaning(
        "levels or packages do not make a tree", "give every HL or CPS a number of its own and a parent that stands before it"
    ),
    "EDI-06": Meaning("the interchange is written in an odd way", "nothing to do; a stricter partner would refuse it"),
}

_GATEWAY = {
    "GWY-01": Meaning("the gateway failed on this document", "nothing to do; the operator looks at it and has it tried again"),
    "GWY-02": Meaning("a document of this kind cannot be received by files", "send it the agreed way"),
    "GWY-03": Meaning("a rule of the store refuses the document", "check its quantities and keys; the operator sees the rule"),
    "GWY-04": Meaning("the connector or channel of the file is not configured any more", "put it back, or leave the file as it is"),
    "GWY-05": Meaning("reading the file broke off", "the operator looks at it; what was read before is booked and stays"),
    "GWY-06": Meaning(
        "reading the file kills its reader",
        "report it with the words of the issue; after an update of the gateway: gateway message replay ID",
    ),
    "GWY-07": Meaning(
        "the layout was changed while the file was being read", "look at gateway message replay ID --dry-run, then replay it"
    ),
    "GWY-10": Meaning(
        "the final name already holds other content; nothing was replaced", "move that file away, then: gateway outbox retry ID"
    ),
    "GWY-11": Meaning("the partner could not be reached", "nothing to do while it is tried again; see the next attempt and its words"),
    "GWY-12": Meaning(
        "a host key, login or permission refuses us; not tried again by itself",
        "mend the connector or the server, see it with gateway connector test NAME, then: gateway outbox retry ID",
    ),
    "GWY-13": Meaning("the time for delivery is spent", "talk to the partner, then: gateway outbox retry ID"),
    "GWY-14": Meaning("the file could not be made", "mend what the words say, then run the job again"),
    "GWY-15": Meaning(
        "a person holds everything that goes out", "see to what the words say, then: gateway outbox release --all-outbound --reason TEXT"
    ),
    "GWY-16": Meaning("a person holds the file", "ask them, or: gateway outbox release ID"),
    "GWY-17": Meaning(
        "the bytes of the file are not in the archive, or damaged",
        "bring them back from the backup of the archive (gateway verify --deep names them), then: gateway outbox retry ID",
    ),
    "GWY-18": Meaning(
        "a fault of the gateway breaks off the delivery",
        "report the words and the line work_failed of the log; it is tried again until its time is spent",
    ),
    "GWY-20": Meaning("the state of the file or item does not allow this", "look at what happened to it, then choose what fits"),
    "GWY-21": Meaning(
        "everything that goes out is on hold: the store may have forgotten what was sent",
        "compare what partners have with gateway outbox list, then: gateway outbox release --all-outbound --reason TEXT",
    ),
    "GWY-24": Meaning(
        "the store was restored from a backup", "gateway reconcile, then: gateway outbox release --all-outbound --reason TEXT"
    ),
    "GWY-25": Meaning(
        "a file of this name left before the store was restored, and the store does not know all that was in it",
        "look at the bytes (gateway outbox show ID --raw) and tell the partner which of its orders or invoices count",
    ),
    "GWY-30": Meaning("a timed job broke off", "mend what the words say, then: gateway job run NAME"),
    "GWY-32": Meaning("a person has paused a timed job", "ask them, or: gateway job resume NAME --reason TEXT"),
    "GWY-33": Meaning(
        "a file that was expected by a time of day has not come",
        "ask the partner; the alarm ends when the file comes, or: gateway alarm clear ID --reason TEXT",
    ),
    "GWY-34": Meaning(
        "files are missing in a row of running numbers",
        "ask the partner for them; the alarm ends when they come, or: gateway alarm clear ID --reason TEXT",
    ),
    "GWY-35": Meaning(
        "the files of a day hold more or fewer documents than they should",
        "ask the partner whether that is right, then: gateway alarm clear ID --reason TEXT",
    ),
    "GWY-36": Meaning("a file was not acknowledged in time", "ask the partner; gateway outbox redeliver ID sends the same file once more"),
    "GWY-37": Meaning("an order line is past its due date, or due soon", "ask the vendor; see gateway order show NUMBER"),
    "GWY-40": Meaning("the document stands in a test interchange; tests are never booked", "send it as production once the tests are done"),
    "GWY-41": Meaning(
        "an interchange is refused: not from this partner, not for us, a test where none is due, or a number with other content",
        "do what the words ask for; ids, tests and what is agreed stand at partner > edi of the connector",
    ),
    "GWY-42": Meaning(
        "a partner has refused a file that we sent, or documents of it",
        "gateway outbox show ID has its codes, set by set; mend what they say, then send the documents anew (a batch: "
        "gateway batch request VENDOR --batch N), or the same file where the fault was theirs (gateway outbox redeliver ID); then: "
        "gateway alarm clear ID --reason TEXT",
    ),
    "GWY-43": Meaning(
        "a printed page leaves Chinese, Japanese or Korean letters to the fonts of whoever opens it",
        "look at one page before printing all; a font in gateway.toml, [printing] fonts, puts them into the page",
    ),
    "GWY-44": Meaning(
        "a 997, 999 or CONTRL of a partner is broken itself; it settles nothing",
        "gateway message show ID says what is wrong; ask the partner for a sound answer under a new number, then: "
        "gateway alarm clear ID --reason TEXT",
    ),
    "GWY-46": Meaning(
        "somebody has seen personal data or a file as it came, in an emergency",
        "ask them why, if the reason does not say it; then: gateway alarm clear ID --reason TEXT",
    ),
    "GWY-31": Meaning(
        "the process that ran a timed job ended in the middle of it", "nothing, it runs again at its next time; or: gateway job run NAME"
    ),
    "GWY-26": Meaning(
        "a printed page lacks letters that no font here has",
        "read them in the CSV extract of the batch, or name a font that has them: gateway.toml, [printing] fonts",
    ),
}

CODES: Mapping[str, Meaning] = MappingProxyType(
    {
        **_ORDERS,
        **_VENDORS,
        **_INVOICES,
        **_CHANGES,
        **_MASTER,
        **_ACTIONS,
        **_ANSWERS,
        **_BY_HAND,
        **_MAPPINGS,
        **_INTERCHANGES,
        **_GATEWAY,
    }
)
