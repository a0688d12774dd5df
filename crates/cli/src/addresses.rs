//! Where the other ports of a server are.

use server::Addresses;

use crate::client;
use crate::exit::Failure;
use crate::locate::Located;

/// As the state folder has them, or as the admin port tells them.
pub(crate) fn of(server: Located) -> Result<Addresses, Failure> {
    let admin = match server {
        Located::Everything(addresses) => return Ok(addresses),
        Located::Admin(admin) => admin,
    };
    let addresses = serde_json::from_value(client::get_json(&admin, "/addresses")?);
    addresses
        .map_err(|_| Failure::failed(format!("{admin} does not answer as a tidegate admin port")))
}
