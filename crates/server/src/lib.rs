//! Puts Tidegate together: workers, reload, drain, admin API.
