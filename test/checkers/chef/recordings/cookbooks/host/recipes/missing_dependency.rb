include_recipe 'no_such_cookbook'
