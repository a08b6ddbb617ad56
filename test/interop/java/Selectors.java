import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.apache.flume.Channel;
import org.apache.flume.ChannelSelector;
import org.apache.flume.Event;
import org.apache.flume.channel.ChannelSelectorFactory;
import org.apache.flume.channel.MemoryChannel;

/** Which of {@code input.channels} each event goes to; a null name is a null channel. */
final class Selectors {
  static JsonObject run(JsonObject config, JsonObject input) {
    List<Channel> channels = new ArrayList<>();
    for (String name : Json.strings(Json.array(input, "channels"))) {
      Channel channel = new MemoryChannel();
      channel.setName(name);
      channels.add(channel);
    }
    ChannelSelector selector;
    try {
      selector = ChannelSelectorFactory.create(channels, Json.map(config));
    } catch (Exception e) {
      return Json.thrown("configure_throws", e);
    }
    JsonArray routes = new JsonArray();
    for (Event event : Json.events(input)) {
      routes.add(route(selector, event));
    }
    JsonObject output = new JsonObject();
    output.add("routes", routes);
    return output;
  }

  private static JsonObject route(ChannelSelector selector, Event event) {
    JsonObject route = new JsonObject();
    try {
      route.add("required", names(selector.getRequiredChannels(event)));
      route.add("optional", names(selector.getOptionalChannels(event)));
    } catch (Exception e) {
      Json.addThrown(route, "throws", e);
    }
    return route;
  }

  private static JsonArray names(List<Channel> channels) {
    JsonArray names = new JsonArray();
    for (Channel channel : channels) {
      names.add(channel == null ? null : channel.getName());
    }
    return names;
  }

  private Selectors() {}
}
