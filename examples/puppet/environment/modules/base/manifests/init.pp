# What every host has.
class base (
  String $contact,
) {
  file { '/etc/motd':
    content => epp('base/motd.epp', { 'contact' => $contact }),
    mode    => '0644',
  }
  file { '/etc/profile.d/umask.sh':
    content => "umask 027\n",
    mode    => '0644',
  }
}
