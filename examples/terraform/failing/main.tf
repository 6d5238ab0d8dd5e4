# Nobody gives it a region: the check cannot tell, and says so.
variable "region" {
  type = string
}

resource "terraform_data" "db" {
  input = { region = var.region }
}
