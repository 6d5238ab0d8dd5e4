default['shop']['root'] = '/srv/shop'
default['shop']['workers'] = 4
default['shop']['token'] = 'replace-me'
