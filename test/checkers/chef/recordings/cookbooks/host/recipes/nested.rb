file "#{node['shop']['root']}/before" do
  content 'before'
end
shop_page 'secret' do
  directory node['shop']['root']
  body 'TOKEN=s3cr3t-in-a-page'
end
service 'drift-service' do
  action [:enable, :start]
end
