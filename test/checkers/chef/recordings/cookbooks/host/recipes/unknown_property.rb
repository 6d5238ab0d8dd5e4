file '/tmp/x' do
  no_such_property 'y'
end
