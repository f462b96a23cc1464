//! The connections of one thread, found by number in constant time.

use hub::io::{ConnId, Traits};

use crate::conn::Conn;
use crate::id::{MAX_SLOTS, conn_id, generation_of, slot_of};

/// A slab whose slots count their tenants.
pub(crate) struct Slots {
    thread: usize,
    slots: Vec<Slot>,
    free: Vec<usize>,
    /// Connections with any traits.
    members: usize,
}

struct Slot {
    generation: u32,
    /// Beside the connection, not in it, so that the search for a group's members walks
    /// through dense memory.
    traits: Traits,
    conn: Option<Box<Conn>>,
}

impl Slots {
    pub(crate) fn new(thread: usize) -> Self {
        Slots {
            thread,
            slots: Vec::new(),
            free: Vec::new(),
            members: 0,
        }
    }

    /// How many connections there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// How many of them are in groups; the others have not said who they are.
    pub(crate) fn members(&self) -> usize {
        self.members
    }

    /// Gives a connection other traits.
    pub(crate) fn set_traits(&mut self, id: ConnId, traits: Traits) {
        if let Some((_, old)) = self.with_traits(id) {
            let (before, after) = (*old != Traits::EMPTY, traits != Traits::EMPTY);
            *old = traits;
            self.members = self.members + usize::from(after) - usize::from(before);
        }
    }

    /// Slots to walk through with [`at`](Self::at).
    pub(crate) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// The number the next [`insert`](Self::insert) will give; `None` when all are taken.
    pub(crate) fn vacant(&mut self) -> Option<ConnId> {
        if self.free.is_empty() {
            if self.slots.len() >= MAX_SLOTS {
                return None;
            }
            self.free.push(self.slots.len());
            self.slots.push(Slot {
                generation: 1,
                traits: Traits::EMPTY,
                conn: None,
            });
        }
        let &slot = self.free.last()?;
        let generation = self.slots.get(slot)?.generation;
        Some(conn_id(self.thread, slot, generation))
    }

    /// Puts a connection where [`vacant`](Self::vacant) said.
    pub(crate) fn insert(&mut self, id: ConnId, conn: Conn) {
        if self.free.last() == Some(&slot_of(id))
            && let Some(slot) = self.slots.get_mut(slot_of(id))
        {
            self.free.pop();
            slot.traits = Traits::EMPTY;
            slot.conn = Some(Box::new(conn));
        }
    }

    pub(crate) fn get_mut(&mut self, id: ConnId) -> Option<&mut Conn> {
        let slot = self.slots.get_mut(slot_of(id))?;
        if slot.generation != generation_of(id) {
            return None;
        }
        slot.conn.as_deref_mut()
    }

    /// A connection together with its traits, see [`set_traits`](Self::set_traits).
    pub(crate) fn with_traits(&mut self, id: ConnId) -> Option<(&mut Conn, &mut Traits)> {
        let slot = self.slots.get_mut(slot_of(id))?;
        if slot.generation != generation_of(id) {
            return None;
        }
        Some((slot.conn.as_deref_mut()?, &mut slot.traits))
    }

    /// Who is in a slot.
    pub(crate) fn at(&self, index: usize) -> Option<(ConnId, Traits)> {
        let slot = self.slots.get(index)?;
        slot.conn.as_ref()?;
        Some((conn_id(self.thread, index, slot.generation), slot.traits))
    }

    /// Takes a connection out; its number stays unused for ever.
    pub(crate) fn remove(&mut self, id: ConnId) -> Option<Box<Conn>> {
        let index = slot_of(id);
        let slot = self.slots.get_mut(index)?;
        if slot.generation != generation_of(id) {
            return None;
        }
        let conn = slot.conn.take()?;
        self.members -= usize::from(std::mem::take(&mut slot.traits) != Traits::EMPTY);
        // A slot that has counted through is left empty rather than reused.
        if let Some(next) = slot.generation.checked_add(1) {
            slot.generation = next;
            self.free.push(index);
        }
        Some(conn)
    }
}
