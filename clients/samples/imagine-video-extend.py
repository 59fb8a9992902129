import requests
import json

url = "https://api.apiframe.pro/imagine-video"

payload = json.dumps({
  "parent_task_id": "29e983ca-7e86-4887-a9e3-ef6fe9cd5f2a",
  "index": "1",
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
