file '/tmp/x' do
  mode []
end
