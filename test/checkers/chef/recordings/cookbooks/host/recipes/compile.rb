node['no']['such']['attribute']
