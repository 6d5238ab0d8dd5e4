# Applied as it is written: in sync.
resource "terraform_data" "network" {
  input = { cidr = "10.0.0.0/16", region = "eu-west-1" }
}
