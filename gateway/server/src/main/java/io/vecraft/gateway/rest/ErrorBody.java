package io.vecraft.gateway.rest;

import com.linecorp.armeria.common.HttpHeaderNames;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.json.JsonOut;

/** Errors as REST tells them. */
final class ErrorBody {
  private static final String RETRY_AFTER_SECONDS = "1";

  private ErrorBody() {}

  /** The answer of an error. */
  static Answer answer(VecraftException e, String requestId) {
    ErrorCode code = e.code();
    JsonOut out = new JsonOut().object().object("error");
    out.text("code", code.code()).text("message", e.reason()).text("field", e.field());
    out.text("request_id", requestId).endObject().endObject();
    Answer answer = Answer.json(code.httpStatus(), out);
    if (code.httpStatus() == 429 || code.httpStatus() == 503) {
      answer.header(HttpHeaderNames.RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    if (code.httpStatus() == 401) {
      answer.header(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    return answer;
  }
}
