"""The layout in which a register goes out: the Transparency Code's columns, then further ones.

The first are what the Code demands (2015, paragraph 36), in its words and order; then what its
part 3 recommends; then what else the register knows, and on what terms it may be used. One table
for both ways: writing.py fills the columns, mapping.py knows them again in a file that comes back.
Of the three columns for freehold, leasehold and other assets an asset fills the one of its tenure.
"""

from typing import Final

READING: Final = "Commonweal reading"  # what the other columns could not say (readings.py)
LICENCE: Final = "Data licence"  # "Licence" alone is a kind of occupation
ATTRIBUTION: Final = "Attribution"
GONE: Final = "No longer held"
COUNCIL: Final = "Register of"  # "Organisation" is as published: a council may list another's

# By column: the field that it feeds when it is read again; None where it feeds none.
COLUMNS: Final[dict[str, str | None]] = {
    "Unique Property Reference Number": "uprn",
    "Unique asset identity": "reference",
    "Name of the building/land or both": "name",
    "Street number or numbers": "street_number",
    "Street name": "street",
    "Post town": "post_town",
    "UK postcode": "postcode",
    "Map reference (Ordnance Survey or ISO 6709)": "map_reference",
    "Freehold or lease": "tenure",
    "For freehold assets": "tenure_detail",
    "For leasehold assets": "tenure_detail",
    "For other assets": "tenure_detail",
    "Land only or land with permanent building": "land_only",
    "Site area (sq m)": "area_square_metres",
    "Services offered from the asset": "services",
    "Reason for holding the asset": "reason_for_holding",
    "Listed as ACV or sought to transfer": "transfer_status",
    "Building operation (revenue) costs": "running_costs",
    "Required maintenance": "required_maintenance",
    "Functional suitability rating": "functional_suitability",
    "Energy performance rating": "energy_rating",
    "Address": "address",
    "Locality": "locality",
    "Ward": "ward",
    "Asset type": "holding_type",
    "Description": "description",
    "Status": "status",
    "Organisation": "organisation_name",
    "Organisation code": "organisation_code",
    GONE: None,
    COUNCIL: None,
    LICENCE: None,
    ATTRIBUTION: None,
    READING: "reading",
}
