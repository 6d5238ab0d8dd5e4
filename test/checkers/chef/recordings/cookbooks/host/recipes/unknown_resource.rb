no_such_resource 'x'
