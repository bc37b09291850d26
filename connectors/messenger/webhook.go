package messenger

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Webhook posts a notice as JSON, signed by the Standard Webhooks scheme: the
// receiver checks webhook-signature over webhook-id, webhook-timestamp and body.
type Webhook struct {
	Door Door
	// URL gives the address, which may be a secret.
	URL func() (string, error)
	// Secret gives the signing secret, "whsec_" and base64.
	Secret func() (string, error)
	Now    func() time.Time
}

// Send posts it; webhook-id is the notice's id at each attempt.
func (w Webhook) Send(ctx context.Context, n Notice, thread string) (string, error) {
	address, err := w.URL()
	if err != nil {
		return "", &Refusal{What: "address", Cause: err}
	}
	body, err := json.Marshal(struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      Notice    `json:"data"`
	}{"weir.incident." + string(n.State), n.At, n})
	if err != nil {
		return "", &Refusal{Final: true, What: "make the body", Cause: err}
	}
	header, err := w.sign(n.ID, body)
	if err != nil {
		return "", err
	}
	_, err = w.Door.post(ctx, address, header, body)
	return thread, err
}

func (w Webhook) sign(id string, body []byte) (http.Header, error) {
	secret, err := w.Secret()
	if err != nil {
		return nil, &Refusal{What: "signing secret", Cause: err}
	}
	hook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, &Refusal{What: "signing secret", Cause: fmt.Errorf("want whsec_ and base64")}
	}
	now := w.Now()
	signature, err := hook.Sign(id, now, body)
	if err != nil {
		return nil, &Refusal{Final: true, What: "sign", Cause: err}
	}
	h := http.Header{}
	h.Set(standardwebhooks.HeaderWebhookID, id)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return h, nil
}
