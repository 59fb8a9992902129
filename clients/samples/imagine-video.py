import requests
import json

url = "https://api.apiframe.pro/imagine-video"

payload = json.dumps({
  "prompt": "a cat dancing",
  "image_url": "https://............xxx.png",
  "webhook_url": "https://........",
  "webhook_secret": "abc123"
})
headers = {
  'Content-Type': 'application/json',
  'Authorization': 'YOUR_API_KEY'
}

response = requests.request("POST", url, headers=headers, data=payload)

print(response.text)
