"""Why a register, or a mapping of its columns, is refused: facts a person can act on.

A bad row is never a refusal; it is kept, with a `Problem` beside it (drafts.py). What is here
stops a whole file, or a mapping that cannot mean what it says. Limits stand in reading.py and
splitting.py.
"""

from commonweal.kernel.errors import UserError, fact


@fact
class RegisterIsEmpty(UserError):
    says = "The file is empty: it has {size_bytes} bytes and no text."
    size_bytes: int


@fact
class ReadingAnother(UserError):
    """It takes seconds and much memory, so officers look at one after the other."""

    says = "Another register is being read: try again in a moment."


@fact
class NoRegisterRows(UserError):
    says = "There is a header and no row below it: every asset would be proposed as gone."


@fact
class NotARegister(UserError):
    says = "This is {looks_like}: {advice}."
    looks_like: str  # "an Excel workbook (.xlsx)"
    advice: str  # "save it as CSV and send that"


@fact
class RegisterTooLarge(UserError):
    says = "The file has {size_bytes} bytes; a register may have at most {most_bytes}."
    size_bytes: int
    most_bytes: int


@fact
class TooManyRegisterRows(UserError):
    says = "The file has more than {most} rows: split it, or leave out its blank rows."
    most: int


@fact
class TooManyRegisterColumns(UserError):
    says = "Row {row_number} has {columns} columns; a register may have at most {most}."
    row_number: int
    columns: int
    most: int


@fact
class OneColumnOnly(UserError):
    says = (
        "The file has one column only: its rows could not be divided at {tried}. Save it as CSV "
        "with one column for each fact."
    )
    tried: str


@fact
class NoHeaderFound(UserError):
    says = (
        "No row of column names was found in the first {searched} rows; the first reads: "
        "{first_row}. Put the names of the columns above the assets."
    )
    searched: int
    first_row: str


@fact
class UnknownHeader(UserError):
    says = "There is no column called {header}; the nearest is {nearest}."
    header: str
    nearest: str


@fact
class UnknownField(UserError):
    says = "There is no field called {field}; the nearest is {nearest}."
    field: str
    nearest: str


@fact
class NotACorrection(UserError):
    says = "{text} maps nothing: write the column, an equals sign and the field, as Site Ref=uprn."
    text: str


@fact
class FieldFedTwice(UserError):
    says = "{field} holds one value, so {first} and {second} cannot both feed it."
    field: str
    first: str
    second: str
