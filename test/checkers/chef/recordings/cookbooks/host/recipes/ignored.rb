remote_file "#{node['shop']['root']}/archive.tgz" do
  source 'http://127.0.0.1:9/archive.tgz'
  retries 0
  ignore_failure true
end
file "#{node['shop']['root']}/after" do
  content 'after'
end
