//! On which core a thread goes on.

/// Leaves this thread's core to the threads that it has just made, and goes on on another one.
///
/// A system may begin a thread on the core of the one that made it, and take longer to see that others are
/// idle than many runs last. From then on it moves both as it likes.
pub(crate) fn make_way() {
    #[cfg(target_os = "linux")]
    system::move_on();
}

#[cfg(target_os = "linux")]
mod system {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};

    /// Stays where the system does not tell, or does not allow, another core.
    pub(super) fn move_on() {
        let Ok(allowed) = sched_getaffinity(None) else { return };
        let here = sched_getcpu();
        let mut others = allowed;
        if here < CpuSet::MAX_CPU {
            others.unset(here);
        }
        if others.count() > 0 && sched_setaffinity(None, &others).is_ok() {
            // what it might use before cannot be refused now
            let _ = sched_setaffinity(None, &allowed);
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use rustix::io::Result;
    use rustix::thread::{CpuSet, sched_getaffinity};

    fn allowed() -> Result<Vec<usize>> {
        let set = sched_getaffinity(None)?;
        Ok((0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect())
    }

    #[test]
    fn a_thread_that_made_way_may_use_the_cores_that_it_might_before() -> Result<()> {
        let before = allowed()?;
        assert!(!before.is_empty());
        make_way();
        assert_eq!(allowed()?, before);
        Ok(())
    }
}
