//! The engine with a shell that has no world.

mod around;
mod backoffs;
mod build;
mod callbacks;
mod children;
mod driver;
mod events;
mod forks;
mod properties;
mod random;
mod scale;
mod scenarios;
mod schedules;
mod secrets;
mod suspending;
