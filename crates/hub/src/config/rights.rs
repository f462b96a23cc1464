//! Who may do what.

super::section! {
    /// Who may do what.
    pub struct Rights;
    "Class given by +regme; 0 = only forward the request to operators; above 3 = refused" autoreg_class: i32 = 0, Live, in -1..=11;
    "Highest class that +unregme removes directly; 0 = only forward request" autounreg_class: i32 = 0, Live, in -1..=11;
    "Minimum class to write in main chat" mainchat_class: i32 = 0, Live, in -1..=11;
    "Minimum class to send PM/MCTo" private_class: i32 = 0, Live, in -1..=11;
    "Class advantage needed over a registration to edit it; must be <= 5" classdif_reg: u32 = 2, Live, in 0..=5;
    "Class advantage needed to kick/drop/vipgag" classdif_kick: u32 = 0, Live, in 0..=10;
    "PM allowed while sender class + this >= receiver class" classdif_pm: u32 = 10, Live, in 0..=10;
    "Same rule for MCTo" classdif_mcto: u32 = 10, Live, in 0..=10;
    "Same rule for CTM/RCTM" classdif_download: u32 = 10, Live, in 0..=10;
    "Minimum class to search/download when active" min_class_use_hub: i32 = 0, Live, in -1..=11;
    "Minimum class to search/download when passive" min_class_use_hub_passive: i32 = 0, Live, in -1..=11;
    "Class that can register others without the temporary right" min_class_register: i32 = 4, Live, in -1..=11;
    "Minimum class for $OpForceMove and redirect editing" min_class_redir: i32 = 4, Live, in -1..=11;
    "Minimum class for !lstredirect" min_class_lstredir: i32 = 4, Live, in -1..=11;
    "Minimum class for !bc/!broadcast" min_class_bc: i32 = 4, Live, in -1..=11;
    "Minimum class for !guests" min_class_bc_guests: i32 = 4, Live, in -1..=11;
    "Minimum class for !regs" min_class_bc_regs: i32 = 4, Live, in -1..=11;
    "Minimum class for !vips" min_class_bc_vips: i32 = 4, Live, in -1..=11;
    "Nick that receives PMs sent to the hub bot; updated to the last broadcaster unless set to \"disable\"" bc_reply: Text = "", Live;
    "Minimum class for !plug* commands" plugin_mod_class: i32 = 5, Live, in -1..=11;
    "Minimum class for !topic and $SetTopic" topic_mod_class: i32 = 4, Live, in -1..=11;
    "First characters of operator commands; never empty" cmd_start_op: Text = "+!/", Live;
    "First characters of user commands; never empty" cmd_start_user: Text = "+!/", Live;
    "Let unknown commands pass to main chat instead of replying with an error" unknown_cmd_chat: bool = false, Live;
    "Send +report to operators' main chat instead of operator chat PM" dest_report_chat: bool = false, Live;
    "Send registration requests to operators' main chat" dest_regme_chat: bool = false, Live;
    "Send drop notices to operators' main chat" dest_drop_chat: bool = false, Live;
    "Disable +me" disable_me_cmd: bool = false, Live;
    "Disable +regme and +unregme" disable_regme_cmd: bool = false, Live;
    "Disable all user commands" disable_usr_cmds: bool = false, Live;
    "Disable +report" disable_report_cmd: bool = false, Live;
    "Class that sees other users' IPs and may use $UserIP/$WhoIP" user_ip_class: i32 = 3, Live, in -1..=11;
    "Minimum class listed in $OpList" oplist_class: i32 = 3, Live, in -1..=11;
    "Class allowed to connect to ChatOnly users" chatonly_bypass_class: i32 = 3, Live, in -1..=11;
    "Turn off $ExtJSON forwarding and announcing" disable_extjson: bool = true, Live;
}
