root = node['shop']['root']

directory root do
  mode '0755'
end

file "#{root}/motd" do
  content "Welcome to the shop.\nNothing here is changed by hand.\n"
  mode '0644'
end

template "#{root}/app.conf" do
  source 'app.conf.erb'
  variables(workers: node['shop']['workers'])
  mode '0640'
  notifies :run, 'execute[reload the shop]', :delayed
end

file "#{root}/token" do
  content node['shop']['token']
  mode '0600'
  sensitive true
end

link "#{root}/current" do
  to "#{root}/motd"
end

file "#{root}/retired.conf" do
  action :delete
end

shop_page 'index' do
  directory root
  body '<h1>Shop</h1>'
end

file "#{root}/only-on-windows" do
  content 'never written here'
  only_if { platform?('windows') }
end

execute 'create the index' do
  command "touch #{root}/indexed"
  creates "#{root}/indexed"
end

execute 'tell the load balancer' do
  command 'true'
end

execute 'reload the shop' do
  command 'true'
  action :nothing
end
