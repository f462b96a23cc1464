//! Exported functions that C and C++ have defined: only Rust's own symbols leave the library, so
//! each is a jump. Registers and stack stay as the caller has filled them, whatever the arguments.

unsafe extern "C" {
    fn vhw_pack_variadic();
    fn vhw_unpack_variadic();
    fn vhw_cxx_parse();
    fn vhw_cxx_write();
    fn vhw_cxx_write_list();
    fn vhw_cxx_read_list();
    fn vhw_cxx_write_map();
    fn vhw_cxx_read_map();
    fn vhw_cxx_read_object();
    fn vhw_cxx_make_object();
}

macro_rules! jumps {
    ($($name:ident $exported:literal => $target:ident;)*) => {
        $(
            #[doc = concat!("`", $exported, "`\n\n# Safety\nAs in the header.")]
            #[unsafe(naked)]
            #[unsafe(export_name = $exported)]
            pub unsafe extern "C" fn $name() {
                #[cfg(target_arch = "x86_64")]
                core::arch::naked_asm!("jmp {target}", target = sym $target);
                #[cfg(target_arch = "aarch64")]
                core::arch::naked_asm!("b {target}", target = sym $target);
            }
        )*
    };
}

// wrapper.h
jumps! {
    w_pack "w_pack" => vhw_pack_variadic;
    w_unpack "w_unpack" => vhw_unpack_variadic;
    // json_marshal.h: namespace nVerliHub::nPythonPlugin, strings as libstdc++ has them since GCC 5.
    parse_json "_ZN9nVerliHub13nPythonPlugin9parseJsonERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEERNS0_9JsonValueE" => vhw_cxx_parse;
    to_json_string "_ZN9nVerliHub13nPythonPlugin12toJsonStringB5cxx11ERKNS0_9JsonValueEb" => vhw_cxx_write;
    string_list_to_json "_ZN9nVerliHub13nPythonPlugin16stringListToJsonERKSt6vectorINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEESaIS7_EE" => vhw_cxx_write_list;
    json_to_string_list "_ZN9nVerliHub13nPythonPlugin16jsonToStringListERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE" => vhw_cxx_read_list;
    string_map_to_json "_ZN9nVerliHub13nPythonPlugin15stringMapToJsonERKSt3mapINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEES7_St4lessIS7_ESaISt4pairIKS7_S7_EEE" => vhw_cxx_write_map;
    json_to_string_map "_ZN9nVerliHub13nPythonPlugin15jsonToStringMapERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEERSt3mapIS6_S6_St4lessIS6_ESaISt4pairIS7_S6_EEE" => vhw_cxx_read_map;
    py_object_to_json_value "_ZN9nVerliHub13nPythonPlugin19PyObjectToJsonValueEP7_objectRNS0_9JsonValueE" => vhw_cxx_read_object;
    json_value_to_py_object "_ZN9nVerliHub13nPythonPlugin19JsonValueToPyObjectERKNS0_9JsonValueE" => vhw_cxx_make_object;
}

/// Names all exported functions, so that a program that has this crate in it has them.
pub fn keep() {
    use crate::{abi, json, taken};
    let functions: [*const (); 33] = [
        abi::w_Begin as *const (),
        abi::w_End as *const (),
        abi::w_ReserveID as *const (),
        abi::w_Load as *const (),
        abi::w_Unload as *const (),
        abi::w_HasHook as *const (),
        abi::w_CallHook as *const (),
        abi::w_CallFunction as *const (),
        abi::w_CallFunctionByPath as *const (),
        abi::w_GetHook as *const (),
        abi::w_HookName as *const (),
        abi::w_CallName as *const (),
        abi::w_RegisterCallback as *const (),
        abi::w_RegisterFunction as *const (),
        abi::w_UnregisterFunction as *const (),
        abi::w_free_args as *const (),
        abi::w_LogLevel as *const (),
        abi::w_SetSignalContext as *const (),
        abi::w_packprint as *const (),
        taken::w_strdup as *const (),
        json::w_json_parse as *const (),
        json::w_json_string as *const (),
        json::w_json_real as *const (),
        w_pack as *const (),
        w_unpack as *const (),
        parse_json as *const (),
        to_json_string as *const (),
        string_map_to_json as *const (),
        json_to_string_map as *const (),
        string_list_to_json as *const (),
        json_to_string_list as *const (),
        py_object_to_json_value as *const (),
        json_value_to_py_object as *const (),
    ];
    std::hint::black_box((
        functions,
        &raw const abi::w_Python,
        &raw const abi::w_Scripts,
    ));
}
