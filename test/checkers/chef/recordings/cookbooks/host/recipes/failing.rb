file "#{node['shop']['root']}/before" do
  content 'before'
end
execute 'fails' do
  command 'false'
  only_if { raise 'the guard itself fails' }
end
file "#{node['shop']['root']}/after" do
  content 'after'
end
