import sys
import importlib

def test_subinterpreter_compat(module_name):
    """Test if module supports sub-interpreters"""
    try:
        # Try importing in main interpreter
        mod = importlib.import_module(module_name)
        
        # Check for known incompatible markers
        if hasattr(mod, '__file__') and mod.__file__:
            if '.so' in mod.__file__ or '.pyd' in mod.__file__:
                print(f"⚠️ {module_name} is a C extension - may not work")
        
        # Check for PyO3
        if 'pyo3' in str(type(mod)).lower():
            print(f"❌ {module_name} uses PyO3 - will NOT work")
            return False
            
        print(f"✅ {module_name} may work in sub-interpreter mode")
        return True
    except Exception as e:
        print(f"❌ {module_name} failed: {e}")
        return False

# Test your dependencies
test_subinterpreter_compat('fastapi')   # Will fail
test_subinterpreter_compat('requests')  # Will pass
