//! Who the hub is: names, topic, bots.

super::section! {
    /// Who the hub is: names, topic, bots.
    pub struct Identity;
    "Hub title sent in $HubName, $HubINFO and hublist registration; empty suppresses $HubName" hub_name: Text = "Viperhub", Live;
    "Hub description for $HubINFO and hublist registration" hub_desc: Text = "", Live;
    "Current topic; appended to $HubName as \"name - topic\" and sent in $HubTopic" hub_topic: Text = "", Live;
    "Category text for $HubINFO" hub_category: Text = "", Live;
    "If set, pingers receive $SetIcon with this URL before $HubINFO" hub_icon_url: Text = "", Live;
    "If set, pingers receive $SetLogo with this URL before $HubINFO" hub_logo_url: Text = "", Live;
    "Name of the 8-bit charset the hub uses; reported in $HubINFO and used for ICU/GeoIP name conversion" hub_encoding: Text = "CP1252", Restart;
    "Owner name shown in $HubINFO, +info and !hubinfo" hub_owner: Text = "", Live;
    "The version of Verlihub whose interface this is, as four numbers that scripts compare; nobody can set it" hub_version: Text = "1.7.0.0", Live;
    "Extra line/field added to the software header messages" hub_version_special: Text = "", Live;
    "Nick of the main hub bot; cannot be empty or equal to opchat_name; no blanks or other bytes that nicks cannot have" hub_security: Text = "Viperhub", Live;
    "Description part of the hub bot's $MyINFO; change is broadcast live" hub_security_desc: Text = "Hub security", Live;
    "Nick of the operator chat room bot; empty disables the room; no blanks or other bytes that nicks cannot have" opchat_name: Text = "OpChat", Live;
    "Description part of the operator chat bot's $MyINFO; change is broadcast live" opchat_desc: Text = "Operator chat", Live;
    "Minimum class that may use the operator chat" opchat_class: i32 = 3, Live, in -1..=11;
    "Public host name (optional scheme/port) used in $HubINFO, +info and hublist registration; :port appended when absent and port is not 411" hub_host: Text = "", Live;
    "Payload of $FailOver sent at login to clients supporting FailOver" hub_failover_hosts: Text = "", Live;
    "Replaces the registered-only text when max_users is 0 and the hub refuses" hubfull_message: Text = "", Live;
}
