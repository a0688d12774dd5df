//! The sandbox from outside: what gets out, what is left behind, what still works inside.

mod escapes;
mod exhaustion;
mod leftovers;
mod life;
mod runtimes;
mod stock;
mod support;
