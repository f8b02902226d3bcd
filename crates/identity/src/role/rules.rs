//! The matrix of roles and permissions. Pure.

use kernel::{Permission, Role};

/// One line a permission, one column a role: for the snapshot test and the console's page.
pub fn matrix() -> String {
    let mut out = format!("{:<20}", "permission");
    for role in Role::ALL {
        out.push_str(&format!(" {:<13}", role.name()));
    }
    for permission in Permission::ALL {
        out = out.trim_end().to_owned();
        out.push_str(&format!("\n{:<20}", format!("{permission:?}")));
        for role in Role::ALL {
            out.push_str(&format!(" {:<13}", if role.permits(permission) { "yes" } else { "-" }));
        }
    }
    out.trim_end().to_owned()
}
