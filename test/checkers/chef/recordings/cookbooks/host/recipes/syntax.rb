file '/tmp/x' do content
