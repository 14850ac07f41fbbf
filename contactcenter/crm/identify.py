"""Find or make the customer behind a message, and note what vouches for it.

Called by flow/inbound for the first message of a conversation. Proof belongs to the message: one that brings proof
marks its identity as proven; one without proof changes nothing that is proven. A claim is written beside the customer
and links to nobody. A blank address matches nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from contactcenter.crm import queries
from contactcenter.crm.history import begin, record
from contactcenter.model.history import ClaimMade, CustomerCreated, IdentityProven
from contactcenter.model.values import Sender
from contactcenter.ports import Tx


@dataclass(frozen=True, slots=True)
class Who:
    """A customer and the identity they wrote with."""

    customer: int
    identity: int


def identify(tx: Tx, sender: Sender, proof: str, channel: str) -> Who:
    """The owner of the sender's address, made when it is new."""
    address = normalise(sender.kind, sender.address)
    known = tx.one(queries.FIND_IDENTITY, kind=sender.kind, address=address) if address else None
    if known is None:
        return _meet(tx, sender, address, proof, channel)
    if proof and known.proven_at is None:
        tx.run(queries.PROVE_IDENTITY, identity=known.id, at=tx.now, how=proof)
        record(tx, known.customer_id, "customer", IdentityProven(known.id, proof))
    return Who(known.customer_id, known.id)


def claim(tx: Tx, customer: int, claims: Iterable[tuple[str, str]]) -> None:
    """Write down what was only typed, once each."""
    for kind, value in claims:
        if value and tx.one(queries.FIND_CLAIM, customer=customer, kind=kind, value=value) is None:
            number = tx.add(queries.ADD_CLAIM, customer_id=customer, kind=kind, value=value, claimed_at=tx.now)
            record(tx, customer, "customer", ClaimMade(number, kind))


def normalise(kind: str, address: str) -> str:
    """The form under which an address is compared. Mail: RFC 5321 2.4 lets only the domain be folded, practice both."""
    address = address.strip()
    return address.casefold() if kind == "email" else address


def mailbox_of(address: str) -> str:
    """The address without what its owner may put behind a plus."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def _meet(tx: Tx, sender: Sender, address: str, proof: str, channel: str) -> Who:
    name = sender.name or sender.address or "Unknown sender"
    customer = tx.add(queries.ADD_CUSTOMER, name=name, created_at=tx.now)
    begin(tx, customer)
    identity = tx.add(
        queries.ADD_IDENTITY,
        customer_id=customer,
        kind=sender.kind,
        # A blank address is kept as one that no normalised address can be: it begins with a space.
        address=address or f" {customer}",
        display=sender.address,
        proven_at=tx.now if proof else None,
        method=proof,
    )
    record(tx, customer, "customer", CustomerCreated(channel, identity, sender.kind, proof))
    return Who(customer, identity)
