import requests
import json
url = "https://api.apiframe.pro/kling-imagine"
payload = json.dumps({
"prompt": "A colossal mech suit towering over a futuristic cityscape, its powerful weapons primed for battle against an unseen threat.",
"generation_type": "text2video",
"webhook_url": "https://........",
"webhook_secret": "abc123"
})
headers = {
'Content-Type': 'application/json',
'Authorization': 'YOUR_API_KEY'
}
response = requests.request("POST", url, headers=headers, data=payload)
print(response.text)
