package 'ruby'
package 'sl'
user 'drift-nobody' do
  shell '/bin/sh'
  uid 4711
end
user 'nobody' do
  shell '/bin/false'
end
group 'drift-group' do
  members ['nobody']
end
group 'sudo' do
  action :remove
end
log 'a word to the reader'
ruby_block 'anything' do
  block { 1 }
end
mount '/mnt/drift' do
  device '/dev/sdz1'
  fstype 'ext4'
end
bash 'a script' do
  code 'echo TOKEN=s3cr3t-in-a-script'
  not_if 'test -e /etc/passwd'
end
directory '/srv/drift-a/b/c' do
  recursive true
end
file '/srv/drift-a/b/c/file' do
  content 'in a directory that why-run only assumes'
end
