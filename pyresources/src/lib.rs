//! The packed-resources format.
#![no_std]
