Bridgetown.configure do |config|
  url "https://quay.example"
  permalink "simple"
  timezone "America/Halifax"
  init :dotenv
end
