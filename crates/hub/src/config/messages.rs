//! Texts shown to users.

super::section! {
    /// Texts shown to users.
    pub struct Messages;
    "Extra line in the ban notice" ban_extra_message: Text = "", Live;
    "Replaces the _ban_ token in kick reasons; empty keeps it" msg_replace_ban: Text = "", Live;
    "Login announcement for class 0, broadcast to all; %[nick] %[CC] %[CN] %[CITY]" msg_welcome_guest: Text = "", Live;
    "Same for class 1" msg_welcome_reg: Text = "", Live;
    "Same for class 2" msg_welcome_vip: Text = "", Live;
    "Same for class 3" msg_welcome_op: Text = "", Live;
    "Same for class 4" msg_welcome_cheef: Text = "", Live;
    "Same for class 5" msg_welcome_admin: Text = "", Live;
    "Same for class 10" msg_welcome_master: Text = "", Live;
}
