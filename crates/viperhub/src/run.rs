//! `viperhub run`: a [`House`] is built, lets clients in, waits, and is taken down.

use std::convert::Infallible;

use anyhow::{Context, Result};

use crate::cli::Run;
use crate::house::House;
use crate::origin::Origin;
use crate::signals::Signals;
use crate::{notify, supervise};

/// Runs the hub until it is told to stop; comes back only when it cannot be built.
pub fn run(args: Run, origin: &Origin) -> Result<Infallible> {
    // From now on nothing depends on the directory that the hub was started in.
    let args = args.absolute()?;
    python::exec::return_memory();
    notify::start();
    let signals = Signals::take().context("cannot handle signals")?;
    let (jobs, queue) = crossbeam_channel::unbounded();
    let (to_hub, had) = (jobs.clone(), origin.had.clone());
    supervise::run(origin, signals, jobs, move |desk| {
        let house = House::build(&args, had.as_ref(), desk, to_hub, queue)?;
        let ending = match house.load_scripts(&args.scripts)? {
            Some(ending) => ending,
            None => {
                house.let_in()?;
                house.wait()
            }
        };
        house.take_down(ending);
        Ok(())
    })
}
