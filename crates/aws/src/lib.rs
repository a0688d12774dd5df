//! Speaks AWS: protocols, one file per API action.
