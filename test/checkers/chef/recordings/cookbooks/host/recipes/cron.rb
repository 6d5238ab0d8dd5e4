cron 'rotate' do
  minute '5'
  command '/bin/true'
end
