//! Answers HTTP: routes, limits, mapping, integrations.
