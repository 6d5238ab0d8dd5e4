template "#{node['shop']['root']}/gone.conf" do
  source 'gone.conf.erb'
end
